package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.kernel.DetachedMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.vmm.ChannelPort.End;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines that share memory by ivshmem, and put it where they want. */
class IvshmemWiringTest {
  /**
   * Places the function's BARs: s0 are the registers, s1 the memory, s2 the configuration space.
   */
  private static final String PLACE =
      """
      li s2, 0x30008000
      li s0, 0x40000000
      li s1, 0x40100000
      sw s0, 0x10(s2)
      sw s1, 0x18(s2)
      sw zero, 0x1c(s2)
      li t0, 6
      sh t0, 4(s2)
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

  /** Sleeps until it is rung, by the PLIC's source 33 in hart 0's machine context. */
  private static final String WAIT_BY_PIN =
      """
      li t0, 0xc000084
      li t1, 1
      sw t1, 0(t0)
      li t0, 0xc002004
      li t2, 2
      sw t2, 0(t0)
      li t0, 0xc200000
      sw zero, 0(t0)
      li t0, 0x800
      csrw mie, t0
      sw t1, 0(s0)
      sw t1, 0(s1)
      asleep:
        wfi
        lw t0, 4(s0)
        beqz t0, asleep
      """;

  /** The same by vector 1 as message 5 of hart 0's interrupt file. */
  private static final String WAIT_BY_MESSAGE =
      """
      li s3, 0x40200000
      sw s3, 0x14(s2)
      li t0, 0x24000000
      sw t0, 0x10(s3)
      sw zero, 0x14(s3)
      li t0, 5
      sw t0, 0x18(s3)
      sw zero, 0x1c(s3)
      lw t0, 0x34(s2)
      andi t0, t0, 0xff
      find:
        add t1, s2, t0
        lbu t2, 0(t1)
        li t3, 0x11
        beq t2, t3, found
        lbu t0, 1(t1)
        j find
      found:
      li t0, 0x8000
      lh t2, 2(t1)
      or t2, t2, t0
      sh t2, 2(t1)
      li t0, 0x70
      csrw 0x350, t0
      li t1, 1
      csrw 0x351, t1
      li t0, 0xc0
      csrw 0x350, t0
      li t0, 0x20
      csrw 0x351, t0
      li t0, 0x72
      csrw 0x350, t0
      csrw 0x351, zero
      li t0, 0x800
      csrw mie, t0
      sw t1, 0(s1)
      asleep:
        wfi
        csrrw t0, 0x35c, zero
        srli t0, t0, 16
        li t1, 5
        bne t0, t1, asleep
      """;

  private Microkernel board;

  @BeforeEach
  void makeBoard() {
    board = Microkernel.dedicated(Clock.host(), 4);
  }

  @AfterEach
  void closeBoard() {
    board.close();
  }

  private static VmConfig.Builder config(String source, int pcpu, ChannelPort port) {
    return Fixture.machine(source)
        .placements(List.of(new Placement(pcpu, Reservation.UNLIMITED)))
        .channels(List.of(port));
  }

  private VirtualMachine machine(String source, int pcpu, ChannelPort port) {
    return VirtualMachine.create(config(source, pcpu, port).build(), board);
  }

  private List<ChannelPort> ports(int peers, int vectors) {
    return ChannelPort.make(
        board,
        "pool",
        1 << 20,
        Collections.nCopies(peers, new End(true, new ChannelDevice.Ivshmem(vectors))));
  }

  private static Outcome end(VirtualMachine vm) throws InterruptedException {
    return vm.awaitEnd(Fixture.LIMIT)
        .orElseThrow(() -> new AssertionError(vm.values().registers().toString()));
  }

  /** Waits for a sleeper's sign at the memory's start, says something, and rings it. */
  private static String ringer(int peer, int vector, int word) {
    return PLACE
        + """
        wait:
          lw t0, 0(s1)
          beqz t0, wait
        li t0, %d
        lw t1, 8(s0)
        slli t1, t1, 8
        or t0, t0, t1
        sw t0, 8(s1)
        fence
        li t0, 0x%x
        sw t0, 0xc(s0)
        j .
        """
            .formatted(word, peer << 16 | vector);
  }

  @Test
  void whoIsRungByThePinReadsWhatAPeerHasWritten() throws InterruptedException {
    List<ChannelPort> ports = ports(2, 2);
    String reader = PLACE + WAIT_BY_PIN + "lw a0, 8(s1)\n" + END;
    try (VirtualMachine a = machine(ringer(0, 1, 42), 0, ports.get(1));
        VirtualMachine b = machine(reader, 1, ports.get(0))) {
      a.start();
      b.start();
      assertThat(end(b)).isEqualTo(new Outcome.Poweroff(0x12a)); // from peer 1
      assertThat(a.statistics().channels().getFirst().ringsSent()).isEqualTo(1);
      assertThat(b.statistics().channels().getFirst().ringsReceived()).isEqualTo(1);
    }
  }

  @Test
  void ofThreeOneIsRungByAMessage() throws InterruptedException {
    List<ChannelPort> ports = ports(3, 2);
    BoardOptions aia = new BoardOptions(false, Set.of(), Aia.APLIC_IMSIC);
    String reader = PLACE + WAIT_BY_MESSAGE + "lw a0, 8(s1)\n" + END;
    String idle = PLACE + "lbu a0, 8(s2)\n lw t0, 8(s0)\n slli t0, t0, 4\n add a0, a0, t0\n" + END;
    try (VirtualMachine a = machine(ringer(1, 1, 7), 0, ports.get(2));
        VirtualMachine b =
            VirtualMachine.create(config(reader, 1, ports.get(1)).options(aia).build(), board);
        VirtualMachine c =
            VirtualMachine.create(config(idle, 2, ports.get(0)).options(aia).build(), board)) {
      c.start();
      assertThat(end(c)).isEqualTo(new Outcome.Poweroff(1)); // revision 1, peer 0
      a.start();
      b.start();
      assertThat(end(b)).isEqualTo(new Outcome.Poweroff(0x207));
    }
  }

  @Test
  void aReadOnlyEndFaultsWhenItStores() throws InterruptedException {
    List<ChannelPort> ports =
        ChannelPort.make(
            board,
            "pool",
            4096,
            List.of(
                new End(true, new ChannelDevice.Ivshmem(0)),
                new End(false, new ChannelDevice.Ivshmem(0))));
    String intruder =
        "la t0, caught\n csrw mtvec, t0\n"
            + PLACE
            + "sw s0, 0(s1)\n li a0, 99\n j finish\n .balign 4\n caught:\n csrr a0, mcause\n"
            + "lw t0, 0(s1)\n add a0, a0, t0\n finish:\n"
            + END;
    try (VirtualMachine vm = machine(intruder, 0, ports.get(1))) {
      vm.start();
      assertThat(end(vm)).isEqualTo(new Outcome.Poweroff(7));
    }
  }

  @Test
  void memoryThatMovesIsNeverSeenAtItsOldPlaceByAnotherHart() throws InterruptedException {
    String both =
        "csrr t0, mhartid\n bnez t0, other\n"
            + PLACE
            + """
            li t0, 0x5a
            sw t0, 0(s1)
            li a1, 0x80100000
            li s4, 0x40400000
            li s5, 200
            again:
              sw s4, 0x18(s2)
              sd s4, 0(a1)
              lw t0, 0(s4)
              li t1, 0x5a
              bne t0, t1, wrong
              lw t0, 0(s1)
              addi t0, t0, 1
              bnez t0, wrong
              sw s1, 0x18(s2)
              lw t0, 0(s1)
              bne t0, t1, wrong
              addi s5, s5, -1
              bnez s5, again
            li a0, 3
            j finish
            wrong:
            li a0, 66
            j finish
            other:
              li a1, 0x80100000
              li s1, 0x40100000
              li t1, 0x5a
              li t2, -1
            look:
              lw t0, 0(s1)
              beqz t0, look
              beq t0, t1, look
              beq t0, t2, look
              li a0, 77
            finish:
            """
            + END;
    VmConfig config =
        Fixture.machine(both)
            .cpus(2)
            .channels(List.of(ports(1, 0).getFirst()))
            .placements(
                List.of(
                    new Placement(0, Reservation.UNLIMITED),
                    new Placement(1, Reservation.UNLIMITED)))
            .build();
    try (VirtualMachine vm = VirtualMachine.create(config, board)) {
      vm.start();
      assertThat(end(vm)).isEqualTo(new Outcome.Poweroff(3));
    }
  }

  @Test
  void aMachineGoesOnWithItsMemoryWhereItHasPutIt() throws InterruptedException {
    List<ChannelPort> ports = ports(2, 1);
    String sleeper = PLACE + WAIT_BY_PIN + "lw a0, 8(s1)\n" + END;
    VirtualMachine vm = machine(sleeper, 0, ports.get(0));
    vm.start();
    while (firstWord(ports.get(0)) == 0) {
      Thread.onSpinWait();
    }
    vm.pause();
    VmState state = vm.state();
    DetachedMemory ram = vm.detach();
    vm.close();
    try (DetachedMemory kept = ram;
        VirtualMachine again =
            VirtualMachine.restore(config(sleeper, 0, ports.get(0)).build(), board, state, kept);
        VirtualMachine a = machine(ringer(0, 0, 9), 1, ports.get(1))) {
      again.start();
      a.start();
      assertThat(end(again)).isEqualTo(new Outcome.Poweroff(0x109));
    }
  }

  private static int firstWord(ChannelPort port) {
    int[] word = new int[1];
    port.memory().contents().copy(0, MemorySegment.ofArray(word));
    return word[0];
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> new ChannelDevice.Ivshmem(33))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("0 to 32 vectors, not 33");
    assertThatThrownBy(() ->
            new BoardDescription.Port("odd", 12288, new End(true, new ChannelDevice.Ivshmem(1))))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("a power of two of bytes, not 12288");
  }
}
