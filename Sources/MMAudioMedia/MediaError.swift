/// What a media file did that we cannot work with.
public enum MediaError: Error, Equatable {
}
