package atoll.vmm;

import atoll.device.Uart16550;
import atoll.vmm.BoardPlan.Region;

/** The serial port, which is also the console of the SBI and the one that the tree names. */
record UartFitting(Region place) implements Fitting {
  private static final int CLOCK_HZ = 3_686_400;

  @Override
  public void describe(BoardTree tree) {
    tree.chosen().strings("stdout-path", "/soc/" + BoardTree.unit("serial", place.gpa()));
    tree.device("serial", place)
        .strings("compatible", "ns16550a")
        .cells("clock-frequency", CLOCK_HZ);
  }

  @Override
  public void make(Board board) {
    var uart = new Uart16550(place.name(), board.sharedConsole().branch(), board.wire(place));
    board.uart(uart);
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
  }
}
