package atoll.engine.hart;

import atoll.engine.InterruptFile;
import atoll.engine.Interrupts;
import atoll.isa.CsrNumber;
import atoll.state.Unsaved;
import java.util.function.LongSupplier;

/**
 * Smaia and Ssaia (RISC-V AIA 1.0, chapters 2, 3, 5 and 6): the CSRs of a hart that has interrupt
 * files. There are no major interrupts but those of the base architecture, and no guest interrupt
 * files.
 *
 * <p>Priorities of major interrupts cannot be configured: their bytes read as zero, which §5.2.2
 * allows, and so {@code mvien} and {@code hvien}. {@code hvictl.VTI} is zero.
 */
final class AiaCsrs {
  // What the select registers name (§2.1).
  private static final int PRIORITIES = 0x30;
  private static final int PRIORITIES_END = 0x40;
  private static final int FILE = 0x70;
  private static final int FILE_ARRAYS = 0x80;
  private static final int FILE_END = 0x100;
  private static final long SELECT = 0xfff;

  private static final long HVICTL =
      0xfff_0000L | 1 << 9 | 1 << 8 | 0xff; // IID, DPR, IPRIOM, IPRIO
  private static final int IDENTITY_SHIFT = 16;

  private final SoftHart hart;
  private final CsrFile file;
  private final StateEnables enables;
  private final InterruptFile machine;
  private final InterruptFile supervisor;
  private long miselect;
  private long siselect;
  private long vsiselect;
  private long hvictl;

  AiaCsrs(
      SoftHart hart,
      CsrFile file,
      StateEnables enables,
      InterruptFile machine,
      InterruptFile supervisor) {
    this.hart = hart;
    this.file = file;
    this.enables = enables;
    this.machine = machine;
    this.supervisor = supervisor;
  }

  void reset() {
    miselect = 0;
    siselect = 0;
    vsiselect = 0;
    hvictl = 0;
  }

  void add() {
    machineLevel();
    supervisorLevel();
    guestLevel();
  }

  private void machineLevel() {
    file.plain(CsrNumber.MISELECT, () -> miselect, v -> miselect = v & SELECT);
    file.add(CsrNumber.MIREG, indirect(CsrNumber.MIREG, machine, () -> miselect, this::mireg));
    file.add(CsrNumber.MTOPEI, new Top(CsrNumber.MTOPEI, machine, () -> Permission.ALLOWED));
    file.plain(CsrNumber.MTOPI, () -> top(ready(~hart.mideleg)), v -> {});
    file.zero(CsrNumber.MVIEN);
    file.add(
        CsrNumber.MVIP, new CsrFile.PendingCsr(CsrNumber.MVIP, this::mvip, file::mvip)); // §5.3
  }

  private void supervisorLevel() {
    file.guarded(
        CsrNumber.SISELECT,
        () -> hart.virtual ? vsiselect : siselect,
        this::siselect,
        () -> enables.check(0, StateEnables.INDIRECT));
    file.add(CsrNumber.SIREG, indirect(CsrNumber.SIREG, supervisor, () -> siselect, this::sireg));
    file.add(CsrNumber.STOPEI, new Top(CsrNumber.STOPEI, supervisor, this::stopei));
    file.guarded(
        CsrNumber.STOPI,
        () -> hart.virtual ? vstopi() : top(ready(hart.mideleg & ~hart.hypervisor.hideleg)),
        v -> {},
        () -> enables.check(0, StateEnables.AIA));
  }

  /** What HS mode has for VS mode; VS mode gets there by the numbers of supervisor mode's. */
  private void guestLevel() {
    file.guarded(
        CsrNumber.VSISELECT,
        () -> vsiselect,
        v -> vsiselect = v & SELECT,
        () -> enables.supervisors(StateEnables.INDIRECT));
    file.guarded(
        CsrNumber.VSIREG, () -> 0, v -> {}, () -> Permission.ILLEGAL); // §2.3: no file, VGEIN 0
    file.guarded(CsrNumber.VSTOPEI, () -> 0, v -> {}, () -> Permission.ILLEGAL);
    hypervisor(CsrNumber.VSTOPI, this::vstopi);
    hypervisor(CsrNumber.HVIEN, () -> 0);
    hypervisor(CsrNumber.HVIPRIO1, () -> 0);
    hypervisor(CsrNumber.HVIPRIO2, () -> 0);
    file.guarded(
        CsrNumber.HVICTL,
        () -> hvictl,
        v -> hvictl = v & HVICTL,
        () -> enables.supervisors(StateEnables.AIA));
  }

  private void hypervisor(int number, LongSupplier reader) {
    file.guarded(number, reader, v -> {}, () -> enables.supervisors(StateEnables.AIA));
  }

  private void siselect(long value) {
    if (hart.virtual) {
      vsiselect = value & SELECT;
    } else {
      siselect = value & SELECT;
    }
  }

  // ------------------------------------------------------------ indirect registers

  /** Part of the context: a write can make an interrupt pending. */
  private static Csr indirect(int number, InterruptFile of, LongSupplier select, Csr.Guard guard) {
    return new Csr(
        number,
        () -> select.getAsLong() >= FILE ? of.read((int) select.getAsLong()) : 0,
        v -> {
          if (select.getAsLong() >= FILE) {
            of.write((int) select.getAsLong(), v);
          }
        },
        guard,
        true);
  }

  /** Of the arrays, the odd numbers are the upper halves of a narrower hart (§3.8.3, §5.2.2). */
  private static boolean exists(long select) {
    boolean array = select >= FILE_ARRAYS && select < FILE_END;
    boolean registers = select >= FILE && select < FILE_ARRAYS;
    boolean priorities = select >= PRIORITIES && select < PRIORITIES_END;
    return registers || (array || priorities) && (select & 1) == 0;
  }

  private Permission mireg() {
    return exists(miselect) ? Permission.ALLOWED : Permission.ILLEGAL;
  }

  private Permission sireg() {
    Permission allowed = enables.check(0, StateEnables.INDIRECT);
    if (allowed != Permission.ALLOWED) {
      return allowed;
    }
    if (!hart.virtual) {
      boolean file = siselect >= FILE;
      Permission enabled = enables.check(0, file ? StateEnables.IMSIC : StateEnables.AIA);
      return exists(siselect) ? enabled : Permission.ILLEGAL;
    }
    boolean named =
        vsiselect >= PRIORITIES && vsiselect < PRIORITIES_END
            || vsiselect >= FILE && vsiselect < FILE_END;
    return named ? Permission.VIRTUAL : Permission.ILLEGAL; // §2.3: there, but not for this guest
  }

  private Permission stopei() {
    Permission allowed = enables.check(0, StateEnables.IMSIC);
    return allowed == Permission.ALLOWED && hart.virtual ? Permission.VIRTUAL : allowed;
  }

  /**
   * {@code mtopei} or {@code stopei} (§3.10): a write, of whatever value, claims. One instruction
   * that reads and writes claims what it has read, whatever comes in between.
   */
  private final class Top extends Csr {
    private final InterruptFile of;

    @Unsaved("of the instruction that is under way")
    private int seen;

    @Unsaved("of the instruction that is under way")
    private long seenAt = -1;

    Top(int number, InterruptFile of, Guard guard) {
      super(number, () -> of.top() * 0x1_0001L, v -> of.claim(of.top()), guard, true);
      this.of = of;
    }

    @Override
    public long read() {
      long value = super.read();
      seen = (int) value & 0xffff;
      seenAt = hart.instructions();
      return value;
    }

    /** The count at a write is one more than at the read of the same instruction. */
    @Override
    public void modify(long value, long touched) {
      of.claim(hart.instructions() - seenAt == 1 ? seen : of.top());
      seenAt = -1;
    }
  }

  // ------------------------------------------------------------ major interrupts

  private long ready(long delegated) {
    return hart.interrupts.pending() & hart.mie & delegated;
  }

  /** Number and priority, which is 1 if none can be configured (§5.2.3). */
  private static long top(long ready) {
    return ready == 0 ? 0 : (long) Interrupts.mostUrgent(ready) << IDENTITY_SHIFT | 1;
  }

  /** §6.3.3, with a guest's numbers; its external interrupt may have a priority of its own. */
  private long vstopi() {
    long ready = ready(hart.hypervisor.hideleg);
    if (ready == 0) {
      return 0;
    }
    int number = Interrupts.mostUrgent(ready) - 1;
    return (long) number << IDENTITY_SHIFT | ((hvictl & 1 << 8) == 0 ? 1 : priority(number));
  }

  private long priority(int number) {
    boolean configured =
        number == Interrupts.SEI && (hvictl >>> IDENTITY_SHIFT & 0xfff) == Interrupts.SEI;
    long priority = configured ? hvictl & 0xff : 0;
    return priority == 0 ? 0xff : priority;
  }

  private long mvip() {
    long written = hart.interrupts.softwarePending();
    long timer = hart.interrupts.supervisorTimerEnabled() ? 0 : written & Interrupts.STIP;
    return hart.interrupts.pending() & Interrupts.SSIP | written & Interrupts.SEIP | timer;
  }
}
