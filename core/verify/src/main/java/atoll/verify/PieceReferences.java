package atoll.verify;

/** What the verifier notes of a piece: places in it, as offsets. */
final class PieceReferences {
  /** Where it may be entered. */
  final OffsetList entries;

  /** Its exits that link. */
  final OffsetList links;

  /** Four bytes each that are a distance to one of the shared subroutines. */
  final OffsetList calls;

  /** The same of those that are a distance to its slots, or to what is in front of them. */
  final OffsetList data;

  PieceReferences() {
    this(new OffsetList(), new OffsetList(), new OffsetList(), new OffsetList());
  }

  private PieceReferences(OffsetList entries, OffsetList links, OffsetList calls, OffsetList data) {
    this.entries = entries;
    this.links = links;
    this.calls = calls;
    this.data = data;
  }

  void clear() {
    entries.clear();
    links.clear();
    calls.clear();
    data.clear();
  }

  PieceReferences copy() {
    return new PieceReferences(entries.copy(), links.copy(), calls.copy(), data.copy());
  }
}
