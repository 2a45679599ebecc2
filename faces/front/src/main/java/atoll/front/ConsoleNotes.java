package atoll.front;

import atoll.console.HostConsole;
import atoll.manager.Event;
import atoll.manager.EventListener;

/**
 * Says on the console what becomes of VMs.
 *
 * @param console where
 * @param several whether notes tell VMs apart; how the life of a single one ends is said elsewhere
 */
record ConsoleNotes(HostConsole console, boolean several) implements EventListener {
  @Override
  public void accept(Event event) {
    // No switch, as in PluggedConsoles: the first use of one takes long.
    if (event instanceof Event.Noticed(String vm, String text)) {
      console.note(vm, several ? vm + ": " + text : text);
    } else if (several && event instanceof Event.LifeBegan(String vm, int life) && life > 1) {
      console.note(vm, vm + " begins again");
    } else if (several && event instanceof Event.LifeEnded ended) {
      console.note(ended.vm(), inWords(ended));
    }
  }

  private static String inWords(Event.LifeEnded ended) {
    String next =
        ended
            .restart()
            .map(again ->
                "; starts again in %d ms (%s)".formatted(again.backoff().toMillis(), count(again)))
            .orElse("");
    return ended.vm() + " " + Ending.inWords(ended.outcome()) + next;
  }

  private static String count(Event.Restart restart) {
    return "%d of %d".formatted(restart.number(), restart.most());
  }
}
