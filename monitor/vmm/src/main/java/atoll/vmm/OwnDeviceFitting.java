package atoll.vmm;

import atoll.device.InterruptLine;
import atoll.device.PeripheralException;
import atoll.device.PeripheralHost;
import atoll.device.PeripheralWiring;
import atoll.vmm.BoardPlan.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A device of a user's own. Its first interrupt is wired to a pin of the GPIO controller as well,
 * for operating systems that have no driver for it.
 *
 * @param number which of them it is, from 0
 * @param pin of the GPIO controller, if there is one left
 */
record OwnDeviceFitting(OwnDevice device, int number, Region place, OptionalInt pin)
    implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    FdtNode node = tree.soc().child(BoardTree.unit(device.name(), place.gpa()));
    if (!device.compatible().isEmpty()) {
      node.strings("compatible", device.compatible().toArray(String[]::new));
    }
    node.longs("reg", place.gpa(), place.size());
    if (device.interrupts() > 0) {
      tree.interrupts(node, sources().toArray());
    }
    pin.ifPresent(wired -> node.cells("interrupt-gpios", GpioFitting.PHANDLE, wired, 0));
    device.properties().forEach((name, value) -> value.set(node, name));
  }

  private IntStream sources() {
    return IntStream.range(place.interrupt(), place.interrupt() + device.interrupts());
  }

  /**
   * Makes it.
   *
   * @throws VmException if its code does not let it be made
   */
  @Override
  public void make(Board board) {
    VmConfig config = board.config();
    PeripheralWiring wiring =
        new PeripheralWiring(
            config.name(),
            board.clock(),
            board.timers(),
            board.watch(),
            config.effects().tasks().sequence(config.name() + "/" + device.name()),
            lines(board),
            board.memory(),
            () -> board.work().payer(),
            board.events()::threw,
            board.events()::noticed);
    try {
      board.add(
          place, new PeripheralHost(device.name(), config.devices().get(number).code(), wiring));
    } catch (PeripheralException e) {
      wiring.thread().close();
      throw new VmException(e.getMessage(), e);
    }
  }

  private List<InterruptLine> lines(Board board) {
    List<InterruptLine> lines = new ArrayList<>();
    sources().forEach(source -> lines.add(board.wire(source)));
    if (pin.isPresent()) {
      InterruptLine source = lines.getFirst();
      InterruptLine wired = board.pin(pin.getAsInt());
      lines.set(
          0,
          high -> {
            source.set(high);
            wired.set(high);
          });
    }
    return lines;
  }
}
