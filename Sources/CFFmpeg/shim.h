#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

// Macros that Swift cannot import.
static const int mmaudio_averror_eof = AVERROR_EOF;
static const int mmaudio_averror_eagain = AVERROR(EAGAIN);
static const int64_t mmaudio_av_nopts_value = AV_NOPTS_VALUE;
