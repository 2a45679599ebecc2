package atoll.vmm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is at a machine's front for people: buttons and LEDs. Each has a pin of the GPIO controller;
 * buttons are keys of an input device as well.
 *
 * @param leds their names
 */
public record FrontPanel(List<Button> buttons, List<String> leds) {
  /** Nothing. */
  public static final FrontPanel NONE = new FrontPanel(List.of(), List.of());

  /** What the button is called that has an operating system end the machine. */
  public static final String POWER = "power";

  /** What names look like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** The largest number of a key (KEY_MAX). */
  public static final int MOST_CODE = 0x2ff;

  /** Numbers of keys by what their buttons are called ({@code input-event-codes.h}). */
  private static final Map<String, Integer> KNOWN =
      Map.ofEntries(
          Map.entry(POWER, 116),
          Map.entry("sleep", 142),
          Map.entry("wakeup", 143),
          Map.entry("restart", 0x198),
          Map.entry("enter", 28),
          Map.entry("up", 103),
          Map.entry("down", 108),
          Map.entry("left", 105),
          Map.entry("right", 106),
          Map.entry("home", 102),
          Map.entry("back", 158),
          Map.entry("menu", 139),
          Map.entry("mute", 113),
          Map.entry("volume-up", 115),
          Map.entry("volume-down", 114));

  private static final int FIRST_FREE = 0x100; // BTN_0
  private static final int LAST_FREE = 0x109; // BTN_9

  /**
   * A button.
   *
   * @param code of its key
   */
  public record Button(String name, int code) {
    public Button {
      requireName(name);
      if (code < 1 || code > MOST_CODE) {
        throw new VmException(
            "%d is no number of a key, which button '%s' is to have; give 1 to %d"
                .formatted(code, name, MOST_CODE));
      }
    }
  }

  public FrontPanel {
    buttons = List.copyOf(buttons);
    leds = List.copyOf(leds);
    leds.forEach(FrontPanel::requireName);
    Set<String> names = new HashSet<>();
    Set<Integer> codes = new HashSet<>();
    for (Button button : buttons) {
      requireNew(names, button.name);
      if (!codes.add(button.code)) {
        throw new VmException(
            "another button has key %d of button '%s'; give it a number of its own"
                .formatted(button.code, button.name));
      }
    }
    for (String led : leds) {
      requireNew(names, led);
    }
  }

  private static void requireName(String name) {
    if (!NAME.matcher(Objects.requireNonNull(name, "name")).matches()) {
      throw new VmException(
          "'%s' is no name of a button or an LED; give up to 31 lower-case letters, digits and hyphens, a letter first"
              .formatted(name));
    }
  }

  private static void requireNew(Set<String> names, String name) {
    if (!names.add(name)) {
      throw new VmException(
          "there are two buttons or LEDs '%s'; give each a name of its own".formatted(name));
    }
  }

  /**
   * One whose buttons have the keys that go with their names, or else BTN_0 to BTN_9 in order.
   *
   * @param buttons in order, some with a key of their own
   * @throws VmException if there can be no such panel
   */
  public static FrontPanel of(Map<String, OptionalInt> buttons, List<String> leds) {
    Set<Integer> taken = new HashSet<>();
    buttons.forEach((name, code) -> known(name, code).ifPresent(taken::add));
    List<Button> all = new ArrayList<>();
    buttons.forEach((name, code) ->
        all.add(new Button(name, known(name, code).orElseGet(() -> free(name, taken)))));
    return new FrontPanel(all, leds);
  }

  private static OptionalInt known(String name, OptionalInt code) {
    return code.isEmpty() && KNOWN.containsKey(name) ? OptionalInt.of(KNOWN.get(name)) : code;
  }

  private static int free(String name, Set<Integer> taken) {
    IntPredicate isNew = taken::add;
    return IntStream.rangeClosed(FIRST_FREE, LAST_FREE)
        .filter(isNew)
        .findFirst()
        .orElseThrow(() ->
            new VmException(
                "there is no free key for button '%s'; give it the number of one".formatted(name)));
  }

  /** This one with more; a button of the same name is that of {@code other}. */
  public FrontPanel with(FrontPanel other) {
    List<String> names = other.names();
    Stream<Button> kept = buttons.stream().filter(button -> !names.contains(button.name));
    return new FrontPanel(
        Stream.concat(kept, other.buttons.stream()).toList(),
        Stream.concat(leds.stream(), other.leds.stream()).toList());
  }

  /** How many pins it needs. */
  int pins() {
    return buttons.size() + leds.size();
  }

  /** What is at each pin: the buttons, and then the LEDs. */
  List<String> names() {
    return Stream.concat(buttons.stream().map(Button::name), leds.stream()).toList();
  }
}
