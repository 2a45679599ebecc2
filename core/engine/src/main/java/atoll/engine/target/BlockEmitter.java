package atoll.engine.target;

/** Emits blocks: straight-line code with one entry, and exits where branches leave it. */
public interface BlockEmitter extends Emitter {
  /**
   * Emits a block, which is entered at its first byte. It takes its length from the slice that is
   * left, and leaves by {@link CodeExit#BUDGET} if there is less.
   *
   * @param ops its instructions, as {@link atoll.engine.decode.Predecoder} packs them
   * @param parcels where in its page each of them begins, and where the next would
   * @param length how many there are
   * @param spins whether it is a loop in which the hart waits for others
   */
  void emit(long[] ops, int[] parcels, int length, boolean spins);
}
