package atoll.engine;

/**
 * Watches what a {@code Translator} makes, and where guests spend their time. Called by the threads
 * that run harts.
 */
public interface CodeListener {
  /**
   * Code has just been made; it replaces what was at its addresses.
   *
   * @param starts the guest-physical addresses at which its blocks begin
   */
  void made(TranslatedCode code, long[] starts);

  /**
   * A slice has ended in translated code: an unbiased enough sample of where the time goes.
   *
   * @param pa the guest-physical address of the block that is executing
   */
  void sampled(int hart, long pa);
}
