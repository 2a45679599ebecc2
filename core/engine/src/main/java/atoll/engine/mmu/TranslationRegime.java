package atoll.engine.mmu;

/**
 * Under what an address is translated: by {@code satp} in S and U mode, by {@code vsatp} and then
 * {@code hgatp} in VS and VU mode.
 */
final class TranslationRegime {
  final TranslationStage first = new TranslationStage(false);

  /** Never on where {@link #guest} is false. */
  final TranslationStage second = new TranslationStage(true);

  /** Whether these are the virtual modes. */
  final boolean guest;

  TranslationRegime(boolean guest) {
    this.guest = guest;
  }

  boolean on() {
    return first.on() || second.on();
  }
}
