package atoll.vmm;

import atoll.pci.PciFunction;
import atoll.virtio.VirtioDevice;
import atoll.virtio.VirtioPci;
import atoll.vmm.BoardPlan.Region;
import java.util.function.Function;

/**
 * A virtio device on PCI Express. Software finds it on its bus, so that the tree does not tell of
 * it.
 *
 * @param place its configuration space
 * @param slot its number among all virtio devices, from 0
 * @param number of its device on the bus
 * @param device makes it
 */
record VirtioPciFitting(Region place, int slot, int number, Function<Board, VirtioDevice> device)
    implements Fitting {
  @Override
  public void describe(BoardTree tree) {}

  @Override
  public void make(Board board) {
    VirtioPci transport =
        new VirtioPci(
            "virtio" + slot,
            device.apply(board),
            board.memory(),
            board.pci(),
            number,
            board.work());
    PciFunction function = transport.function();
    board.attach(place, function);
    transport.msix().ifPresent(board::keep);
    board.keep(transport);
    board.add(transport);
  }
}
