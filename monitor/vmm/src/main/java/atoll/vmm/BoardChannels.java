package atoll.vmm;

import atoll.device.Channel;
import atoll.device.InterruptLine;
import atoll.device.MmioBus;
import atoll.device.Plic;
import atoll.device.SifiveGpio;
import atoll.kernel.SystemCalls;
import java.util.ArrayList;
import java.util.List;

/**
 * The channel endpoints of one machine and the GPIO controller to whose pins their interrupts are
 * wired as well, for operating systems that have no driver for channels.
 */
final class BoardChannels {
  private final List<Channel> channels = new ArrayList<>();

  /** Puts an endpoint on the bus for each port; the windows have been mapped. */
  BoardChannels(List<ChannelPort> ports, SystemCalls kernel, MmioBus bus, Plic plic) {
    if (ports.isEmpty()) {
      return;
    }
    SifiveGpio gpio = gpio(ports.size(), plic);
    bus.attach(BoardMap.GPIO.base, BoardMap.GPIO.size, gpio);
    for (int n = 0; n < ports.size(); n++) {
      InterruptLine source = plic.source(BoardMap.channelInterrupt(n));
      InterruptLine pin = gpio.pin(n);
      InterruptLine both =
          high -> {
            source.set(high);
            pin.set(high);
          };
      ChannelPort port = ports.get(n);
      var window = new Channel.Window(windowBase(ports, n), port.memory().size(), port.writable());
      var link = new DoorbellLink(kernel, KernelSlots.channel(n), port);
      Channel channel = new Channel(port.name(), window, link, both);
      channels.add(channel);
      bus.attach(BoardMap.channelBase(n), BoardMap.CHANNEL.size, channel);
    }
  }

  private static SifiveGpio gpio(int pins, Plic plic) {
    List<InterruptLine> lines = new ArrayList<>();
    for (int pin = 0; pin < pins; pin++) {
      lines.add(plic.source(BoardMap.gpioInterrupt(pin)));
    }
    return new SifiveGpio(lines);
  }

  /** Guest-physical address of the window of port {@code n}: they follow each other. */
  static long windowBase(List<ChannelPort> ports, int n) {
    long before = ports.stream().limit(n).mapToLong(port -> port.memory().size()).sum();
    return BoardMap.WINDOWS_BASE + before;
  }

  /** Opens the windows in a machine whose RAM has been mapped and whose harts are not made yet. */
  static void mapWindows(List<ChannelPort> ports, SystemCalls kernel) {
    for (int n = 0; n < ports.size(); n++) {
      KernelSlots.require(
          kernel.mapShared(KernelSlots.channel(n).memory(), windowBase(ports, n)),
          "map the window of channel " + ports.get(n).name());
    }
  }

  void plugIn() {
    channels.forEach(Channel::plugIn);
  }

  void unplug() {
    channels.forEach(Channel::unplug);
  }

  List<Channel.Statistics> statistics() {
    return channels.stream().map(Channel::statistics).toList();
  }
}
