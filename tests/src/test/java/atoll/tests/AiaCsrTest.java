package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.ImsicFile;
import atoll.engine.HartState;
import atoll.engine.InterruptFile;
import atoll.engine.Interrupts;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import org.junit.jupiter.api.Test;

/** The CSRs of Smaia and Ssaia (RISC-V AIA 1.0, chapters 2, 3 and 5). */
class AiaCsrTest extends Conformance {
  private static final long DELIVERY = 0x70;
  private static final long PENDING = 0x80;
  private static final long ENABLED = 0xc0;
  private static final long ALL = 7L << 58 | 1L << 63;

  private ImsicFile machine;
  private ImsicFile supervisor;

  /** An interrupt file as a hart sees it. */
  private record Shown(ImsicFile file) implements InterruptFile {
    @Override
    public long read(int register) {
      return file.read(register);
    }

    @Override
    public void write(int register, long value) {
      file.write(register, value);
    }

    @Override
    public int top() {
      return file.top();
    }

    @Override
    public void claim(int identity) {
      file.claim(identity);
    }
  }

  private void addFiles() {
    machine = file(m, Interrupts.MEI);
    supervisor = file(m, Interrupts.SEI);
    m.hart().interruptFiles(new Shown(machine), new Shown(supervisor));
    m.csr(CsrNumber.MSTATEEN0, -1L);
  }

  private static ImsicFile file(MachineFixture at, int input) {
    return new ImsicFile(high -> at.hart().raise(input, high));
  }

  private static void pend(ImsicFile file, int... identities) {
    for (int identity : identities) {
      file.write((int) ENABLED, file.read((int) ENABLED) | 1L << identity);
      file.receive(identity);
    }
    file.write((int) DELIVERY, 1);
  }

  private static String write(int csr, long value) {
    return "li a1, %d\n csrw 0x%x, a1\n".formatted(value, csr);
  }

  private static String read(String register, int csr) {
    return "csrr %s, 0x%x\n".formatted(register, csr);
  }

  @Test
  void withoutInterruptFilesThereAreNone() {
    for (int csr : new int[] {CsrNumber.MISELECT, CsrNumber.MTOPEI, CsrNumber.STOPI}) {
      assertThatThrownBy(() -> m.csr(csr)).isInstanceOf(IllegalArgumentException.class);
      assertThat(runIn(M, read("a0", csr)).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.reset();
    }
  }

  @Test
  void registersOfAFileAreReachedBySelection() {
    addFiles();
    Trap trap =
        runIn(
            S,
            write(CsrNumber.SISELECT, ENABLED)
                + write(CsrNumber.SIREG, 0xffff)
                + read("a2", CsrNumber.SIREG)
                + write(CsrNumber.SISELECT, PENDING)
                + write(CsrNumber.SIREG, 0x30)
                + write(CsrNumber.SISELECT, DELIVERY)
                + write(CsrNumber.SIREG, -1)
                + read("a3", CsrNumber.SIREG)
                + read("a4", CsrNumber.STOPEI)
                + "csrrw a5, 0x15c, zero\n"
                + read("a6", CsrNumber.STOPEI));
    assertThat(trap.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(m.x("a2")).isEqualTo(0xfffe);
    assertThat(m.x("a3")).isEqualTo(1);
    assertThat(m.x("a4")).isEqualTo(0x4_0004);
    assertThat(m.x("a5")).isEqualTo(0x4_0004);
    assertThat(m.x("a6")).isEqualTo(0x5_0005);
    assertThat(machine.read((int) ENABLED)).isZero();
  }

  @Test
  void aWriteOfTheTopClaimsItWhateverIsWritten() {
    addFiles();
    pend(machine, 3, 9, 40);
    runIn(
        M,
        read("a2", CsrNumber.MTOPEI)
            + "li a1, -1\n csrw 0x35c, a1\n csrrs a3, 0x35c, a1\n csrrci a4, 0x35c, 1\n"
            + read("a5", CsrNumber.MTOPEI));
    assertThat(m.x("a2")).isEqualTo(0x3_0003);
    assertThat(m.x("a3")).isEqualTo(0x9_0009);
    assertThat(m.x("a4")).isEqualTo(0x28_0028);
    assertThat(m.x("a5")).isZero();
  }

  @Test
  void selectionsThatAreNotThereAreIllegal() {
    addFiles();
    for (long select : new long[] {0, 0x2f, 0x31, 0x40, 0x6f, 0x81, 0xff, 0x100}) {
      Trap trap = runIn(M, write(CsrNumber.MISELECT, select) + read("a0", CsrNumber.MIREG));
      assertThat(trap.cause()).as("0x%x", select).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      m.reset();
    }
    for (long select : new long[] {0x30, 0x3e, 0x71, 0x7f, 0x90, 0xfe}) {
      Trap trap =
          runIn(
              M,
              write(CsrNumber.MISELECT, select)
                  + write(CsrNumber.MIREG, -1)
                  + read("a0", CsrNumber.MIREG));
      assertThat(trap.cause()).as("0x%x", select).isEqualTo(Cause.BREAKPOINT);
      assertThat(m.x("a0")).as("0x%x", select).isZero();
      m.reset();
    }
  }

  @Test
  void machineModeDecidesWhetherSupervisorModeMayReachThem() {
    addFiles();
    m.csr(CsrNumber.SISELECT, DELIVERY);
    int[][] needs = {
      {CsrNumber.SISELECT, 60}, {CsrNumber.STOPI, 59}, {CsrNumber.STOPEI, 58}, {CsrNumber.SIREG, 58}
    };
    for (int[] need : needs) {
      for (long enabled : new long[] {ALL, ALL & ~(1L << need[1])}) {
        m.reset();
        m.csr(CsrNumber.SISELECT, DELIVERY);
        m.csr(CsrNumber.MSTATEEN0, enabled);
        assertThat(runIn(S, read("a0", need[0])).cause())
            .isEqualTo(enabled == ALL ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION);
      }
    }
    m.reset();
    m.csr(CsrNumber.MSTATEEN0, ALL);
    assertThat(runIn(U, read("a0", CsrNumber.STOPI)).cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
  }

  @Test
  void theTopOfMajorInterruptsIsTheMostUrgentThatIsEnabled() {
    addFiles();
    m.csr(CsrNumber.MIDELEG, Interrupts.SUPERVISOR);
    m.csr(CsrNumber.MIE, Interrupts.SEIP | Interrupts.SSIP | Interrupts.MEIP);
    m.csr(CsrNumber.MIP, Interrupts.SSIP);
    assertThat(m.csr(CsrNumber.STOPI)).isEqualTo(0x1_0001);
    pend(supervisor, 17);
    assertThat(m.csr(CsrNumber.STOPI)).isEqualTo(0x9_0001);
    assertThat(m.csr(CsrNumber.MTOPI)).isZero();
    pend(machine, 4);
    assertThat(m.csr(CsrNumber.MTOPI)).isEqualTo(0xb_0001);
    m.csr(CsrNumber.MIE, 0);
    assertThat(m.csr(CsrNumber.STOPI)).isZero();
  }

  @Test
  void aFileInterruptsItsMode() {
    addFiles();
    m.csr(CsrNumber.MIDELEG, Interrupts.SUPERVISOR);
    m.csr(CsrNumber.MIE, Interrupts.SEIP);
    m.csr(CsrNumber.SSTATUS, 2);
    pend(supervisor, 1);
    Trap trap = runIn(S, "nop\n nop\n nop\n");
    assertThat(trap.cause()).isEqualTo(Cause.INTERRUPT | Interrupts.SEI);
  }

  @Test
  void whatIsVirtualOfAMachinesInterruptsAreTheBitsThatSoftwareWrites() {
    addFiles();
    m.csr(CsrNumber.MVIEN, -1);
    assertThat(m.csr(CsrNumber.MVIEN)).isZero();
    m.csr(CsrNumber.MVIP, -1);
    assertThat(m.csr(CsrNumber.MIP) & Interrupts.ALL)
        .isEqualTo(Interrupts.SSIP | Interrupts.SEIP | Interrupts.STIP);
    assertThat(m.csr(CsrNumber.MVIP))
        .isEqualTo(Interrupts.SSIP | Interrupts.SEIP | Interrupts.STIP);
    m.csr(CsrNumber.MVIP, 0);
    assertThat(m.csr(CsrNumber.MIP)).isZero();
  }

  @Test
  void whatIsSelectedIsInTheHartsState() {
    addFiles();
    m.csr(CsrNumber.MISELECT, 0x72);
    m.csr(CsrNumber.SISELECT, 0xc0);
    m.csr(CsrNumber.VSISELECT, 0x30);
    m.csr(CsrNumber.HVICTL, 9 << 16 | 0x105);
    HartState state = m.hart().state();
    try (MachineFixture other = new MachineFixture(engine)) {
      other
          .hart()
          .interruptFiles(
              new Shown(file(other, Interrupts.MEI)), new Shown(file(other, Interrupts.SEI)));
      other.hart().restore(state);
      assertThat(other.csr(CsrNumber.MISELECT)).isEqualTo(0x72);
      assertThat(other.csr(CsrNumber.SISELECT)).isEqualTo(0xc0);
      assertThat(other.csr(CsrNumber.VSISELECT)).isEqualTo(0x30);
      assertThat(other.csr(CsrNumber.HVICTL)).isEqualTo(9 << 16 | 0x105);
      assertThat(other.hart().state()).isEqualTo(state);
    }
  }
}
