package atoll.scenario;

import atoll.vmm.FrontPanel;
import atoll.vmm.VmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads the buttons and LEDs at a machine's front. */
final class PanelReader {
  /** The keys that say what there is. */
  static final String BUTTONS = "buttons";

  static final String LEDS = "leds";

  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]{1,4}");

  private PanelReader() {}

  /** What the keys say; {@code usual} if there are none. */
  static FrontPanel read(YamlFields fields, FrontPanel usual) {
    if (fields.get(BUTTONS).isEmpty() && fields.get(LEDS).isEmpty()) {
      return usual;
    }
    Map<String, OptionalInt> buttons =
        fields.get(BUTTONS).map(PanelReader::buttons).orElse(Map.of());
    List<String> leds = fields.get(LEDS).map(PanelReader::names).orElse(List.of());
    try {
      FrontPanel said = FrontPanel.of(buttons, leds);
      return fields.get(BUTTONS).isPresent() ? said : usual.with(said);
    } catch (VmException e) {
      fields.get(BUTTONS).or(() -> fields.get(LEDS)).orElseThrow().reject(e.getMessage());
      return usual;
    }
  }

  /** A list of names, or a mapping from a name to the number of its key. */
  private static Map<String, OptionalInt> buttons(YamlValue value) {
    Map<String, OptionalInt> buttons = new LinkedHashMap<>();
    if (value.isMapping()) {
      value
          .named(FrontPanel.NAME, VmReader.NAMES)
          .orElseThrow()
          .forEach((name, code) -> buttons.put(name, code(code)));
    } else {
      names(value).forEach(name -> buttons.put(name, OptionalInt.empty()));
    }
    buttons.keySet().removeIf(name -> !FrontPanel.NAME.matcher(name).matches());
    return buttons;
  }

  private static OptionalInt code(YamlValue value) {
    Optional<Integer> code =
        value.isNumber()
            ? value.number(1, FrontPanel.MOST_CODE)
            : value.parsed(
                PanelReader::hexadecimal,
                "the number of a key, 1 to 0x%x, such as 148 or 0x100"
                    .formatted(FrontPanel.MOST_CODE));
    return code.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private static Optional<Integer> hexadecimal(String text) {
    return Optional.of(text)
        .filter(word -> HEXADECIMAL.matcher(word).matches())
        .map(word -> Integer.parseInt(word.substring(2), 16))
        .filter(code -> code >= 1 && code <= FrontPanel.MOST_CODE);
  }

  private static List<String> names(YamlValue value) {
    List<String> names = new ArrayList<>();
    for (YamlValue item : value.items().orElse(List.of())) {
      item.text(FrontPanel.NAME, VmReader.NAMES)
          .ifPresent(name -> {
            if (names.contains(name)) {
              item.reject("'%s' is there already; give each name once".formatted(name));
            } else {
              names.add(name);
            }
          });
    }
    return names;
  }
}
