package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.device.SifiveGpio;
import atoll.vmm.BoardPlan.Region;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The GPIO controller.
 *
 * @param place with the first pin's interrupt
 * @param pins how many, each with an interrupt
 */
record GpioFitting(Region place, int pins) implements Fitting {
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
  }

  @Override
  public void make(Board board) {
    List<InterruptLine> lines = interrupts().mapToObj(board::wire).toList();
    SifiveGpio gpio = new SifiveGpio(lines);
    board.pins(gpio::pin);
    board.attach(place, gpio);
  }
}
