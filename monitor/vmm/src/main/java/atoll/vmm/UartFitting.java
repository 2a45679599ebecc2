package atoll.vmm;

import atoll.device.Uart16550;
import atoll.device.spi.ConsoleBackend;
import atoll.vmm.BoardPlan.Region;

/** The serial port, which is also the console of the SBI and the one that the tree names. */
record UartFitting(Region place) implements Fitting {
  private static final int CLOCK_HZ = 3_686_400;

  @Override
  public void describe(BoardTree tree) {
    tree.chosen().strings("stdout-path", "/soc/" + BoardTree.unit("serial", place.gpa()));
    FdtNode ignored = port(tree, place);
  }

  /** What the tree says of any such port. */
  static FdtNode port(BoardTree tree, Region place) {
    return tree.device("serial", place)
        .strings("compatible", "ns16550a")
        .cells("clock-frequency", CLOCK_HZ);
  }

  @Override
  public void make(Board board) {
    board.uart(make(board, place, board.sharedConsole().branch()));
  }

  /** A port that takes no input in pauses. */
  static Uart16550 make(Board board, Region place, ConsoleBackend backend) {
    var uart = new Uart16550(place.name(), backend, board.wire(place));
    board.attach(place, uart);
    board.add(
        new Activity() {
          @Override
          public void pause() {
            uart.pause();
          }

          @Override
          public void resume() {
            uart.resume();
          }
        });
    return uart;
  }
}
