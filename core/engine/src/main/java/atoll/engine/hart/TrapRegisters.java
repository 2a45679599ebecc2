package atoll.engine.hart;

/**
 * The trap CSRs of one privilege mode. They lie in the {@link StateBlock}, where translated code
 * finds them.
 */
public final class TrapRegisters {
  /** Bytes that they take there. */
  static final int BYTES = 40;

  public static final int TVEC = 0;
  public static final int SCRATCH = 8;
  public static final int EPC = 16;
  public static final int CAUSE = 24;
  public static final int TVAL = 32;

  private final StateBlock state;
  private final int offset;

  TrapRegisters(StateBlock state, int offset) {
    this.state = state;
    this.offset = offset;
  }

  long tvec() {
    return state.get(offset + TVEC);
  }

  void tvec(long value) {
    state.put(offset + TVEC, value);
  }

  long scratch() {
    return state.get(offset + SCRATCH);
  }

  void scratch(long value) {
    state.put(offset + SCRATCH, value);
  }

  long epc() {
    return state.get(offset + EPC);
  }

  void epc(long value) {
    state.put(offset + EPC, value);
  }

  long cause() {
    return state.get(offset + CAUSE);
  }

  void cause(long value) {
    state.put(offset + CAUSE, value);
  }

  long tval() {
    return state.get(offset + TVAL);
  }

  void tval(long value) {
    state.put(offset + TVAL, value);
  }

  /** Exchanges the contents with another mode's. */
  void swap(TrapRegisters other) {
    for (int i = 0; i < BYTES; i += Long.BYTES) {
      long mine = state.get(offset + i);
      state.put(offset + i, state.get(other.offset + i));
      state.put(other.offset + i, mine);
    }
  }

  void clear() {
    tvec(0);
    scratch(0);
    epc(0);
    cause(0);
    tval(0);
  }
}
