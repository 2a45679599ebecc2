package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.device.SifiveGpio;
import atoll.vmm.BoardPlan.Region;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The GPIO controller, and the buttons and LEDs at its pins.
 *
 * @param place with the first pin's interrupt
 * @param pins how many, each with an interrupt
 * @param panel buttons, and LEDs behind them
 * @param first the first pin of these
 */
record GpioFitting(Region place, int pins, FrontPanel panel, int first) implements Fitting {
  static final int PHANDLE = 3;

  @Override
  public Stage stage() {
    return Stage.BRIDGE;
  }

  private IntStream interrupts() {
    return IntStream.range(place.interrupt(), place.interrupt() + pins);
  }

  @Override
  public void describe(BoardTree tree) {
    FdtNode node =
        tree.registers("gpio", place)
            .strings("compatible", "sifive,gpio0")
            .cells("#address-cells", 0)
            .flag("gpio-controller")
            .cells("#gpio-cells", 2)
            .flag("interrupt-controller")
            .cells("#interrupt-cells", 2);
    tree.interrupts(node, interrupts().toArray()).cells("phandle", PHANDLE);
    if (panel.pins() > 0) {
      node.strings("gpio-line-names", lineNames());
    }
    if (!panel.leds().isEmpty()) {
      describeLeds(tree);
    }
  }

  /** By which programs find pins; the others have none. */
  private String[] lineNames() {
    return Stream.concat(Collections.nCopies(first, "").stream(), panel.names().stream())
        .toArray(String[]::new);
  }

  /** For Linux's leds-gpio. */
  private void describeLeds(BoardTree tree) {
    FdtNode leds = tree.root().child("leds").strings("compatible", "gpio-leds");
    int pin = first + panel.buttons().size();
    for (String led : panel.leds()) {
      leds.child("led-" + led).strings("label", led).cells("gpios", PHANDLE, pin++, 0);
    }
  }

  @Override
  public void make(Board board) {
    List<InterruptLine> lines = interrupts().mapToObj(board::wire).toList();
    SifiveGpio gpio = new SifiveGpio(lines);
    board.pins(gpio::pin);
    board.attach(place, gpio);
    if (panel.pins() > 0) {
      board.add(
          new Panel(
              board.config().name(),
              panel,
              gpio,
              first,
              board.clock(),
              board.timers(),
              board.config().leds()));
    }
  }
}
