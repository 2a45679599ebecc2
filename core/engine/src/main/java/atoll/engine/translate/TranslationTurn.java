package atoll.engine.translate;

import atoll.engine.hart.SoftHart;

/** The time that a hart takes from its guest for translations of one kind. */
final class TranslationTurn {
  private final SoftHart hart;
  private final TranslationTime time = new TranslationTime();
  private long begun;

  TranslationTurn(SoftHart hart) {
    this.hart = hart;
  }

  /** Whether there is time for one before the hart has to be left. */
  boolean fits() {
    return time.fits(hart.limit.remaining());
  }

  /** One begins. Nobody waits for a hart that translates: it stores nothing meanwhile. */
  void begin() {
    hart.rendezvous().leave();
    begun = hart.limit.now();
  }

  /** It is over. Requests that came meanwhile must be served before the hart's next instruction. */
  void end() {
    hart.rendezvous().enter();
    hart.limit.tookLong();
    time.took(hart.limit.now() - begun);
  }
}
