package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.Channel;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two machines and what is between them. */
class ChannelWiringTest {

  /** Waits until the other endpoint is there; s0 are the registers, s1 the window. */
  private static final String MEET =
      """
      li s0, 0x4000000
      li s1, 0x6000000
      wait_for_peer:
        lw t0, 0x18(s0)
        andi t0, t0, 1
        beqz t0, wait_for_peer
      """;

  /** Ends the machine with a0 as its code. */
  private static final String END =
      """
      li t0, 0x100000
      slli t1, a0, 16
      li t2, 0x3333
      or t1, t1, t2
      sw t1, 0(t0)
      j .
      """;

  /** Sleeps until bit 0 is pending, by the PLIC's source 64 in hart 0's machine context. */
  private static final String WAIT_FOR_RING =
      """
      li t0, 0xc000100
      li t1, 1
      sw t1, 0(t0)
      li t0, 0xc002008
      sw t1, 0(t0)
      li t0, 0xc200000
      sw zero, 0(t0)
      li t0, 0x800
      csrw mie, t0
      sw t1, 0x24(s0)
      asleep:
        wfi
        lw t0, 0x20(s0)
        andi t0, t0, 1
        beqz t0, asleep
      """;

  private Microkernel board;

  @BeforeEach
  void makeBoard() {
    board = Microkernel.dedicated(Clock.host(), 2);
  }

  @AfterEach
  void closeBoard() {
    board.close();
  }

  private VirtualMachine machine(String source, int pcpu, List<ChannelPort> ports) {
    return VirtualMachine.create(
        Fixture.machine(source)
            .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)))
            .channels(ports)
            .build(),
        board);
  }

  private static Outcome end(VirtualMachine vm) throws InterruptedException {
    return vm.awaitEnd(Fixture.LIMIT)
        .orElseThrow(() -> new AssertionError(vm.values().registers().toString()));
  }

  @Test
  void whatOneWritesAndRingsTheOtherWakesUpAndReads() throws InterruptedException {
    List<ChannelPort> ports = ChannelPort.pair(board, "data", 4096, true, false);
    String writer = MEET + "li t0, 42\n sw t0, 8(s1)\n fence\n li t0, 1\n sw t0, 0x1c(s0)\n j .";
    String reader = MEET + WAIT_FOR_RING + "lw a0, 8(s1)\n" + END;
    try (VirtualMachine a = machine(writer, 0, List.of(ports.get(0)));
        VirtualMachine b = machine(reader, 1, List.of(ports.get(1)))) {
      b.start();
      a.start();
      assertThat(end(b)).isEqualTo(new Outcome.Poweroff(42));
      assertThat(b.statistics().channels())
          .containsExactly(new Channel.Statistics("data", 0, 1, 1));
      assertThat(a.statistics().channels().getFirst().ringsSent()).isEqualTo(1);
    }
  }

  @Test
  void aReadOnlyEndFaultsWhenItStoresAndTheMemoryStaysAsItWas() throws InterruptedException {
    List<ChannelPort> ports = ChannelPort.pair(board, "data", 4096, true, false);
    String intruder =
        """
        la t0, caught
        csrw mtvec, t0
        li s1, 0x6000000
        li t0, 1
        sw t0, 0(s1)
        li a0, 99
        j finish
        .balign 4
        caught:
          csrr a0, mcause
          lw t0, 0(s1)
          add a0, a0, t0
        finish:
        """;
    try (VirtualMachine vm = machine(intruder + END, 0, List.of(ports.get(1)))) {
      vm.start();
      assertThat(end(vm)).isEqualTo(new Outcome.Poweroff(7));
    }
  }

  @Test
  void withoutAChannelThereIsNothingAtItsAddresses() throws InterruptedException {
    String prober =
        """
        la t0, caught
        csrw mtvec, t0
        li s0, 0x4000000
        lw t0, 0(s0)
        next:
        li s0, 0x6000000
        lw t0, 0(s0)
        done:
        j finish
        .balign 4
        caught:
          csrr t0, mcause
          add a0, a0, t0
          csrr t0, mepc
          addi t0, t0, 4
          csrw mepc, t0
          mret
        finish:
        """;
    try (VirtualMachine vm = machine("li a0, 0\n" + prober + END, 0, List.of())) {
      vm.start();
      assertThat(end(vm)).isEqualTo(new Outcome.Poweroff(10));
      assertThat(vm.statistics().unmapped()).isEqualTo(2);
    }
  }

  @Test
  void theEndOfOneMachineIsSeenByTheOther() throws InterruptedException {
    List<ChannelPort> ports = ChannelPort.pair(board, "data", 4096, true, true);
    String leaver =
        MEET
            + """
            unseen:
              lw t0, 0(s1)
              beqz t0, unseen
            li a0, 1
            """
            + END;
    String watcher =
        MEET
            + """
            li t0, 1
            sw t0, 0(s1)
            still_there:
              lw t0, 0x18(s0)
              andi t0, t0, 1
              bnez t0, still_there
            lw a0, 0x28(s0)
            """
            + END;
    try (VirtualMachine a = machine(leaver, 0, List.of(ports.get(0)));
        VirtualMachine b = machine(watcher, 1, List.of(ports.get(1)))) {
      b.start();
      a.start();
      assertThat(end(a)).isEqualTo(new Outcome.Poweroff(1));
      assertThat(end(b)).isEqualTo(new Outcome.Poweroff(2));
    }
  }

  /** The second machine has two lives on the same port. */
  @Test
  void anEndpointComesBackAfterAReset() throws InterruptedException {
    List<ChannelPort> ports = ChannelPort.pair(board, "data", 4096, true, true);
    String once =
        MEET
            + """
            lw t0, 0(s1)
            addi t0, t0, 1
            sw t0, 0(s1)
            li t1, 2
            beq t0, t1, finish
            li t0, 0x100000
            li t1, 0x7777
            sw t1, 0(t0)
            j .
            finish:
            lw a0, 0(s1)
            """
            + END;
    try (VirtualMachine other = machine("j .", 0, List.of(ports.get(0)))) {
      other.start();
      assertThat(life(once, ports.get(1))).isEqualTo(new Outcome.Reset());
      assertThat(life(once, ports.get(1))).isEqualTo(new Outcome.Poweroff(2));
      assertThat(other.statistics().channels().getFirst().peerChanges()).isGreaterThanOrEqualTo(3);
    }
  }

  private Outcome life(String program, ChannelPort port) throws InterruptedException {
    try (VirtualMachine vm = machine(program, 1, List.of(port))) {
      vm.start();
      return end(vm);
    }
  }

  /**
   * One physical CPU, on which a machine of middle priority never rests: the service, which has the
   * lowest, answers all the same, since its client's priority is lent to it.
   */
  @Test
  void aServiceAnswersAtItsClientsPriority() throws InterruptedException {
    String client = "li s0, 0x4000000\n li t0, 1\n sw t0, 0x1c(s0)\n" + WAIT_FOR_RING;
    String service =
        "li s0, 0x4000000\n"
            + WAIT_FOR_RING
            + "li t0, 1\n sw t0, 0x1c(s0)\n asleep_again: wfi\n j asleep_again";
    try (Microkernel shared =
        new Microkernel(Clock.host(), 1, PriorityPolicy::new, new MachineMemory(1L << 40))) {
      List<ChannelPort> ports = ChannelPort.pair(shared, "service", 4096, true, true);
      try (VirtualMachine low = ranked(service, 10, List.of(ports.get(0)), shared);
          VirtualMachine middle = ranked("j .", 20, List.of(), shared);
          VirtualMachine high =
              ranked(client + "li a0, 5\n" + END, 30, List.of(ports.get(1).donating()), shared)) {
        low.start();
        awaitHalt(low);
        middle.start();
        high.start();
        assertThat(end(high)).isEqualTo(new Outcome.Poweroff(5));
      }
    }
  }

  private static VirtualMachine ranked(
      String source, int priority, List<ChannelPort> ports, Microkernel board) {
    return VirtualMachine.create(
        Fixture.machine(source)
            .placements(List.of(new Placement(0, Reservation.priority(priority))))
            .channels(ports)
            .build(),
        board);
  }

  /** Returns once the machine has slept. */
  private static void awaitHalt(VirtualMachine vm) {
    while (vm.statistics().exits().get("halt").count() == 0) {
      assertThat(Thread.interrupted()).as("JUnit has waited long enough").isFalse();
      Thread.onSpinWait();
    }
  }

  @Test
  void severalChannelsLieBehindEachOther() throws InterruptedException {
    ChannelPort first = ChannelPort.pair(board, "first", 8192, true, true).getFirst();
    ChannelPort second = ChannelPort.pair(board, "second", 4096, true, true).getFirst();
    String prober = "li s0, 0x4001000\n lw a0, 8(s0)\n srli a0, a0, 12\n" + END;
    try (VirtualMachine vm = machine(prober, 0, List.of(first, second))) {
      vm.start();
      assertThat(end(vm)).isEqualTo(new Outcome.Poweroff(0x6002));
    }
  }

  @Test
  void moreThanTheBoardHasRoomForIsRefused() {
    ChannelPort small = ChannelPort.pair(board, "small", 4096, true, true).getFirst();
    ChannelPort large = ChannelPort.pair(board, "large", 64L << 20, true, true).getFirst();
    VmConfig.Builder config = Fixture.machine("j .");
    assertThatThrownBy(() -> config.channels(Collections.nCopies(17, small)).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("at most 16 channels, not 17");
    assertThatThrownBy(() -> config.channels(List.of(large, large)).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("128 MiB in all, but the board has room for 96 MiB");
    assertThatThrownBy(() -> ChannelPort.pair(board, "two words", 4096, true, true))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("'two words'");
  }
}
