package atoll.verify;

/** Proves pieces of code for one kind of processor, one at a time. */
interface PieceProof {
  /** Says where the shared subroutines are; before the first piece. */
  void routines(Routines known);

  /**
   * Verifies a copy of a piece that is to lie at {@code where} in the code area.
   *
   * @param entry where it may be entered, as offsets in the code area, in order
   * @param table its slots; null if it has none
   * @throws RefusedCodeException if it is not proven safe
   */
  void verify(byte[] bytes, int length, int where, int[] entry, int entryCount, SlotTable table);

  /** What was verified last, in its first bytes. */
  byte[] code();

  /** Of the piece that was verified last. */
  PieceReferences found();
}
