package atoll.vmm;

import atoll.virtio.VirtioDevice;
import atoll.virtio.VirtioMmio;
import atoll.vmm.BoardPlan.Region;
import java.util.function.Function;

/**
 * A virtio device in a slot with the MMIO transport.
 *
 * @param slot from 0
 * @param device makes it
 */
record VirtioFitting(Region place, int slot, Function<Board, VirtioDevice> device)
    implements Fitting {
  @Override
  public void describe(BoardTree tree) {
    tree.device("virtio_mmio", place).strings("compatible", "virtio,mmio").flag("dma-coherent");
  }

  @Override
  public void make(Board board) {
    var transport =
        new VirtioMmio(
            "virtio" + slot, device.apply(board), board.memory(), board.wire(place), board.work());
    board.attach(place, transport);
    board.add(transport);
  }
}
