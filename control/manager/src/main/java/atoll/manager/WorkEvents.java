package atoll.manager;

import atoll.image.Progress;

/**
 * Long work as events.
 *
 * @param listener told of it
 */
record WorkEvents(EventListener listener) implements Progress {
  @Override
  public void begin(String step, long total, Unit unit) {
    listener.accept(new Event.StepBegan(step, total, unit));
  }

  @Override
  public void doing(String part) {
    listener.accept(new Event.StepPart(part));
  }

  @Override
  public void advance(long done) {
    listener.accept(new Event.StepAdvanced(done));
  }

  @Override
  public void end() {
    listener.accept(new Event.StepEnded());
  }
}
