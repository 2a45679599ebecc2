package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.vmm.BoardLayout.Kind;
import atoll.vmm.BoardLayout.Port;
import atoll.vmm.BoardLayout.Region;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoardLayoutTest {
  private static final String END = "j .";

  /** Where registers are, as the machine's own bus says; slots without a device left out. */
  private static List<List<Long>> devices(VmConfig.Builder config, Microkernel board) {
    try (VirtualMachine vm = VirtualMachine.create(config.build(), board)) {
      List<String> used = vm.statistics().virtio().stream().map(device -> device.device()).toList();
      return vm.statistics().devices().stream()
          .filter(device -> !device.device().startsWith("virtio") || used.contains(device.device()))
          .map(device -> List.of(device.base(), device.size()))
          .toList();
    }
  }

  private static List<List<Long>> planned(List<Region> layout) {
    return layout.stream()
        .filter(region -> region.kind() == Kind.DEVICE)
        .map(region -> List.of(region.gpa(), region.size()))
        .toList();
  }

  @Test
  void theLayoutIsThatOfAMachineThatIsMade() {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      assertThat(planned(BoardLayout.of(64 << 20, true, List.of("entropy"), List.of())))
          .isEqualTo(devices(Fixture.machine(END), board));
    }
  }

  @Test
  void itKnowsSupervisorsVirtioConsolesAndChannels() {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      List<ChannelPort> first = ChannelPort.pair(board, "one", 8192, true, true);
      List<ChannelPort> second = ChannelPort.pair(board, "two", 4096, false, true);
      VmConfig.Builder config =
          Fixture.supervisor(END)
              .virtioConsole(new Fixture.Console())
              .channels(List.of(first.getFirst(), second.getFirst()));
      List<Region> layout =
          BoardLayout.of(
              64 << 20,
              false,
              List.of("entropy", "console"),
              List.of(new Port("one", 8192, true), new Port("two", 4096, false)));
      assertThat(planned(layout)).isEqualTo(devices(config, board));
      assertThat(layout.stream().filter(region -> region.kind() == Kind.WINDOW))
          .containsExactly(
              new Region("memory of one", Kind.WINDOW, 0x0600_0000L, 8192, 0, true),
              new Region("memory of two", Kind.WINDOW, 0x0600_2000L, 4096, 0, false));
    }
  }

  @Test
  void regionsNeverOverlapHoweverLargeTheChannelsAre() {
    List<Port> ports = List.of(new Port("all", BoardLayout.CHANNEL_MEMORY, true));
    List<Region> layout = BoardLayout.of(1L << 40, true, List.of("entropy"), ports);
    for (int n = 1; n < layout.size(); n++) {
      Region before = layout.get(n - 1);
      assertThat(before.gpa() + before.size()).isLessThanOrEqualTo(layout.get(n).gpa());
    }
  }
}
