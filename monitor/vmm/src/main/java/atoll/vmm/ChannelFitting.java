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
 * @param number from 0; the pin's too
 * @param window the shared memory
 */
record ChannelFitting(String name, int number, Region place, Region window) implements Fitting {
  @Override
  public List<Region> regions() {
    return List.of(place, window);
  }

  @Override
  public void map(SystemCalls kernel, VmConfig config) {
    KernelSlots.require(
        kernel.mapShared(KernelSlots.channel(number).memory(), window.gpa()),
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
    ChannelPort port = board.config().channels().get(number);
    var memory = new Channel.Window(window.gpa(), window.size(), window.writable());
    var link = new DoorbellLink(board.kernel(), KernelSlots.channel(number), port);
    Channel channel = new Channel(name, memory, link, both);
    board.attach(place, channel);
    board.count(channel);
    board.add(
        new Activity() {
          @Override
          public void start() {
            channel.plugIn();
          }

          @Override
          public void close() {
            channel.unplug();
          }
        });
  }
}
