package atoll.api;

import atoll.console.LineSearch;
import atoll.manager.Event;
import atoll.manager.VmStatus;
import atoll.scenario.ConsoleKind;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is known of a VM by its events. Its watch has the lock. */
final class VmWatch {
  private static final int NOTICES = 100;

  private final VmDescription description;
  private final Map<ConsoleKind, ConsoleText> texts = new EnumMap<>(ConsoleKind.class);
  private final Deque<String> notices = new ArrayDeque<>();
  private final Map<String, Light> leds = new HashMap<>();
  private VmStatus status = VmStatus.READY;
  private Optional<Outcome> ending = Optional.empty();
  private int lives;

  /** The line of {@link #main} with which its present life begins. */
  private long lifeBegins;

  /**
   * What an LED does.
   *
   * @param changes in the present or last life
   */
  record Light(boolean lit, long changes) {
    static final Light NEW = new Light(false, 0);
  }

  VmWatch(VmDescription description) {
    this.description = description;
    description.panel().leds().forEach(led -> leds.put(led, Light.NEW));
    if (description.console() != ConsoleKind.NONE) {
      texts.put(ConsoleKind.SERIAL, new ConsoleText());
      texts.put(description.console(), new ConsoleText());
    }
  }

  void note(Event.OfVm event, long now) {
    switch (event) {
      case Event.Printed printed ->
          texts.get(printed.device()).print(printed.bytes().toArray(), now);
      case Event.StatusChanged(String vm, VmStatus next) -> {
        status = next;
        if (!alive()) {
          leds.replaceAll((led, light) -> new Light(false, light.changes()));
        }
      }
      case Event.LifeBegan began -> {
        lives = began.life();
        texts.values().forEach(ConsoleText::cut);
        lifeBegins = texts.isEmpty() ? 0 : main().last();
        ending = Optional.empty();
        leds.replaceAll((led, light) -> Light.NEW);
      }
      case Event.LifeEnded ended -> ending = Optional.of(ended.outcome());
      case Event.Noticed(String vm, String text) -> noticed(text);
      case Event.LedChanged(String vm, String led, boolean lit) ->
          leds.put(led, new Light(lit, leds.get(led).changes() + 1));
      default -> {}
    }
  }

  private void noticed(String text) {
    notices.addLast(text);
    if (notices.size() > NOTICES) {
      notices.removeFirst();
    }
  }

  VmDescription description() {
    return description;
  }

  VmStatus status() {
    return status;
  }

  /** How its present or last life has ended, if that is known. */
  Optional<Outcome> ending() {
    return ending;
  }

  /** Lives that have begun. */
  int lives() {
    return lives;
  }

  /** Whether it has a life that has not ended. */
  boolean alive() {
    return status == VmStatus.RUNNING || status == VmStatus.PAUSED;
  }

  /** Whether it has ended, and nothing but an operator lets it begin again. */
  boolean over() {
    return status == VmStatus.STOPPED || status == VmStatus.ENDED && ending.isPresent();
  }

  /** One of its LEDs, which is there. */
  Light led(String name) {
    return leds.get(name);
  }

  List<String> notices() {
    return List.copyOf(notices);
  }

  /** What each device of its console has printed; nothing if it has none. */
  List<ConsoleText> texts() {
    return List.copyOf(texts.values());
  }

  /** What the device has printed that is typed on. */
  ConsoleText main() {
    return texts.get(description.console());
  }

  /** Whether something is in one of the lines that its present life has printed there. */
  boolean printed(LineSearch search) {
    ConsoleText text = main();
    for (long n = Math.max(lifeBegins, text.first()); n < text.last(); n++) {
      if (search.in(text.line(n).text(), 0, true).isPresent()) {
        return true;
      }
    }
    return search.in(text.unfinished(), 0, false).isPresent();
  }

  /** All that is kept, the devices' lines in their order, unfinished ones last. */
  List<String> lines() {
    List<String> all =
        texts.values().stream()
            .flatMap(text -> text.lines().stream())
            .sorted(Comparator.comparingLong(ConsoleText.Line::order))
            .map(ConsoleText.Line::text)
            .collect(Collectors.toCollection(ArrayList::new));
    texts.values().stream()
        .map(ConsoleText::unfinished)
        .filter(rest -> !rest.isEmpty())
        .forEach(all::add);
    return all;
  }
}
