/// Where a sound goes that another program reads.
public enum StandardOutput {
  /// The path that stands for it.
  public static let path = "-"
}
