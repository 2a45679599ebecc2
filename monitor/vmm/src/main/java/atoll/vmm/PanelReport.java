package atoll.vmm;

import java.util.List;
import java.util.Objects;

/**
 * What a machine's front shows, and what is pressed there.
 *
 * @param heard whether the guest has a driver running for the input device whose keys the buttons
 *     are; one that looks at their pins only has none
 */
public record PanelReport(List<Button> buttons, List<Led> leds, boolean heard) {
  public PanelReport {
    buttons = List.copyOf(buttons);
    leds = List.copyOf(leds);
  }

  /** The names of the LEDs that are on. */
  public List<String> lit() {
    return leds.stream().filter(Led::lit).map(Led::name).toList();
  }

  /**
   * A button.
   *
   * @param code of its key
   * @param held whether it is pressed
   */
  public record Button(String name, int code, boolean held) {
    public Button {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * An LED.
   *
   * @param changes how often it has gone on or off
   */
  public record Led(String name, boolean lit, long changes) {
    public Led {
      Objects.requireNonNull(name, "name");
    }
  }
}
