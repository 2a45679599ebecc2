package atoll.verify;

/**
 * A piece that has been proven safe for one place and is so at any other: what it refers to outside
 * of itself are the shared subroutines and its slots, and the verifier has noted where. It is put
 * into a code area by its {@link CodeGate}. Never changes.
 */
public final class ProvenPiece {
  private final HostCode host;
  private final StateLayout state;
  private final ExitCodes exits;
  private final Routines routines;

  private final int origin;
  private final byte[] code;

  private final PieceReferences found;
  private final SlotTable slots;

  /**
   * @param origin the place that it was proven for
   * @param slots where they were to lie
   */
  ProvenPiece(
      HostCode host,
      StateLayout state,
      ExitCodes exits,
      Routines routines,
      int origin,
      byte[] code,
      PieceReferences found,
      SlotTable slots) {
    this.host = host;
    this.state = state;
    this.exits = exits;
    this.routines = routines;
    this.origin = origin;
    this.code = code;
    this.found = found;
    this.slots = slots;
  }

  /** Bytes of its code. */
  public int size() {
    return code.length;
  }

  /** Bytes of its slots, with what is in front of them. */
  public int slotBytes() {
    return slots.bytes();
  }

  /** Its slots if they lie at an offset. */
  public SlotTable slotsAt(int offset) {
    return new SlotTable(offset, slots.count(), slots.writes());
  }

  /** Places in it. */
  PieceReferences found() {
    return found;
  }

  /** Whether that is what it was proven for. */
  boolean isFor(HostCode processor, StateLayout layout, ExitCodes codes, Routines known) {
    return host == processor
        && state.equals(layout)
        && exits.equals(codes)
        && routines.equals(known);
  }

  /** Its code as it is if it lies at one offset, and its slots at another. */
  public byte[] codeAt(int at, int slotOffset) {
    byte[] fitted = code.clone();
    move(fitted, found.calls, origin - at);
    move(fitted, found.data, origin - at + slotOffset - slots.offset());
    return fitted;
  }

  private void move(byte[] code, OffsetList sites, int by) {
    for (int i = 0; i < sites.count(); i++) {
      host.move(code, sites.at(i), by);
    }
  }
}
