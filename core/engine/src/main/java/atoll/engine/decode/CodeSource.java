package atoll.engine.decode;

/** A page of guest code to be translated from. */
public interface CodeSource {
  /**
   * The instruction at a parcel.
   *
   * @return as {@link Predecoder} packs it; what is no instruction ({@link
   *     Predecoder#isInstruction}) if there is none to be translated
   */
  long read(int parcel);
}
