/// A part of a checkpoint that was saved in several files.
public enum Shard: Sendable, Equatable {
  /// One of the files with tensors, counted from 1.
  case part(Int, of: Int)
  /// The list of what lies where.
  case index

  /// What a file of this name is, such as `model-00001-of-00003.safetensors`; nil if it is no part.
  init?(name: String) {
    if name.hasSuffix(".index.json") {
      self = .index
      return
    }
    guard let match = name.firstMatch(of: /-(\d{1,9})-of-(\d{1,9})\.[^.]+$/),
      let number = Int(match.1), let count = Int(match.2), count > 1
    else { return nil }
    self = .part(number, of: count)
  }
}
