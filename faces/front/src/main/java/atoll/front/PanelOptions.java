package atoll.front;

import atoll.vmm.FrontPanel;
import atoll.vmm.VmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Buttons and LEDs at a machine's front. */
final class PanelOptions {
  @Option(
      names = "--button",
      paramLabel = "NAME[=CODE]",
      converter = Argument.class,
      description =
          "a button, which the monitor's press and powerdown press: a pin of the GPIO controller and"
              + " a key of an input device, such as power or user=0x100; may be repeated")
  private List<Argument.Button> buttons = List.of();

  @Option(
      names = "--led",
      paramLabel = "NAME",
      description =
          "an LED that the guest can light, at a pin of the GPIO controller; may be repeated")
  private List<String> leds = List.of();

  /** A button's name, and its key if that is given. */
  static final class Argument implements ITypeConverter<Argument.Button> {
    /** What is typed. */
    record Button(String name, OptionalInt code) {}

    @Override
    public Button convert(String text) {
      String[] parts = text.split("=", 2);
      try {
        return new Button(
            parts[0],
            parts.length == 1 ? OptionalInt.empty() : OptionalInt.of(Integer.decode(parts[1])));
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'%s' is no number of a key; give one such as 148 or 0x100".formatted(parts[1]));
      }
    }
  }

  /**
   * What the machine has at its front.
   *
   * @param usual what it has in any case
   * @throws TypeConversionException if there can be no such panel
   */
  FrontPanel beside(FrontPanel usual) {
    Map<String, OptionalInt> all = new LinkedHashMap<>();
    for (Argument.Button button : buttons) {
      if (all.put(button.name, button.code) != null) {
        throw new TypeConversionException(
            "--button %s is given twice; give each name once".formatted(button.name));
      }
    }
    try {
      return usual.with(FrontPanel.of(all, leds));
    } catch (VmException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
