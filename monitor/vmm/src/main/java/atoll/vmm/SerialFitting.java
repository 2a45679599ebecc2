package atoll.vmm;

import atoll.device.Uart16550;
import atoll.vmm.BoardPlan.Region;

/**
 * One more serial port, which leads somewhere else than the console.
 *
 * @param number which of them, from 0
 */
record SerialFitting(Region place, int number) implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    UartFitting.port(tree, place).strings("label", tree.serial(number));
  }

  @Override
  public void make(Board board) {
    Uart16550 ignored = UartFitting.make(board, place, board.config().serials().get(number));
  }
}
