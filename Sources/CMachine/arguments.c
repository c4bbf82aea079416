#include "shim.h"

static char **arguments;

// The C library hands to constructors what it hands to main.
__attribute__((constructor)) static void keep(int count, char **values) {
  (void)count;
  arguments = values;
}

char **mmaudio_arguments(void) { return arguments; }
