internal import CMachine

/// Has this process end, as by SIGTERM, when the process that started it does, however that ends.
public func endWithParent() { mmaudio_end_with_parent() }
