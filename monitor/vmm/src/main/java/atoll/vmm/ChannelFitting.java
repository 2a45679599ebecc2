package atoll.vmm;

import atoll.device.Channel;
import atoll.device.InterruptLine;
import atoll.kernel.SystemCalls;
import atoll.vmm.BoardPlan.Region;
import java.util.List;

/**
 * An end of a channel. Its interrupt is wired to a pin of the GPIO controller as well, for
 * operating systems that have no driver for channels.
 *
 * @param name of the channel
 * @param number among those of this kind, from 0; the pin's too
 * @param channel its number among the machine's channels
 * @param window the shared memory
 */
record ChannelFitting(String name, int number, int channel, Region place, Region window)
    implements Fitting {
  @Override
  public List<Region> regions() {
    return List.of(place, window);
  }

  @Override
  public void map(SystemCalls kernel, VmConfig config) {
    KernelSlots.require(
        kernel.mapShared(KernelSlots.channel(channel).memory(), window.gpa()),
        "map the window of channel " + name);
  }

  /** {@code generic-uio} is what Linux's uio_pdrv_genirq is told to look for. */
  @Override
  public void describe(BoardTree tree) {
    FdtNode node =
        tree.soc()
            .child(BoardTree.unit("channel", place.gpa()))
            .strings("compatible", "atoll,channel", "generic-uio")
            .longs("reg", place.gpa(), place.size(), window.gpa(), window.size());
    tree.interrupts(node, place.interrupt())
        .cells("doorbell-gpios", GpioFitting.PHANDLE, number, 0)
        .strings("label", name);
  }

  @Override
  public void make(Board board) {
    InterruptLine source = board.wire(place);
    InterruptLine pin = board.pin(number);
    InterruptLine both =
        high -> {
          source.set(high);
          pin.set(high);
        };
    ChannelPort port = board.config().channels().get(channel);
    var memory = new Channel.Window(window.gpa(), window.size(), window.writable());
    var link = new DoorbellLink(board.kernel(), KernelSlots.channel(channel), port);
    Channel device = new Channel(name, memory, link, both);
    board.attach(place, device);
    board.count(device::statistics);
    board.add(
        new Activity() {
          @Override
          public void start() {
            device.plugIn();
          }

          @Override
          public void close() {
            device.unplug();
          }
        });
  }
}
