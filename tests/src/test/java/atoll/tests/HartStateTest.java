package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.HartState;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.Privilege;
import atoll.engine.software.SoftHarts;
import atoll.host.HostMemory;
import atoll.isa.CsrNumber;
import atoll.memory.GuestMemory;
import atoll.state.RecordCodec;
import atoll.testkit.ManualClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A hart's state as a value. */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
class HartStateTest {
  private static final long RAM = 0x8000_0000L;
  private static final int CSRS = 4096;

  @Parameter Engine engine;
  private final HostMemory memory = HostMemory.allocate(1 << 20);
  private final List<HartGroup> groups = new ArrayList<>();

  private Hart hart(Paging paging) {
    GuestMemory ram = new GuestMemory(RAM, memory);
    HartGroup group = SoftHarts.make(ram, new ManualClock(), 1, engine, MmuKind.FOLDED, paging);
    groups.add(group);
    return group.harts().getFirst();
  }

  @AfterEach
  void close() {
    groups.forEach(HartGroup::close);
    memory.close();
  }

  /** All registers, each with random bits as far as it takes them. */
  private static void fill(Hart hart, SplittableRandom random) {
    for (int r = 0; r < 32; r++) {
      hart.x(r, random.nextLong());
      hart.f(r, random.nextLong());
    }
    hart.pc(random.nextLong());
    for (int number = 0; number < CSRS; number++) {
      try {
        hart.csr(number, random.nextLong());
      } catch (IllegalArgumentException e) {
        // There is no such register.
      }
    }
  }

  @Test
  void whateverIsInTheRegistersIsInTheStateAndComesBack() {
    for (int seed = 0; seed < 20; seed++) {
      Hart hart = hart(Paging.SV57);
      fill(hart, new SplittableRandom(seed));
      HartState state = hart.state();
      Hart copy = hart(Paging.SV57);
      copy.restore(RecordCodec.fromValue(RecordCodec.toValue(state), HartState.class));
      assertThat(copy.state()).as("seed %d", seed).isEqualTo(state);
      for (int number : state.csrs().keySet()) {
        assertThat(copy.csr(number)).as("CSR 0x%03x", number).isEqualTo(hart.csr(number));
      }
    }
  }

  /** {@code henvcfg} and {@code hstateen} read as less than they are. */
  @Test
  void whatOthersMaskIsKept() {
    Hart hart = hart(Paging.SV57);
    hart.csr(CsrNumber.MSTATEEN0, -1);
    hart.csr(CsrNumber.HSTATEEN0, -1);
    hart.csr(CsrNumber.MENVCFG, -1);
    hart.csr(CsrNumber.HENVCFG, 1L << 63);
    hart.csr(CsrNumber.MSTATEEN0, 0);
    hart.csr(CsrNumber.MENVCFG, 0);
    Hart copy = hart(Paging.SV57);
    copy.restore(hart.state());
    assertThat(copy.csr(CsrNumber.HENVCFG)).isZero();
    copy.csr(CsrNumber.MSTATEEN0, -1);
    copy.csr(CsrNumber.MENVCFG, -1);
    assertThat(copy.csr(CsrNumber.HENVCFG)).isEqualTo(1L << 63);
    assertThat(copy.csr(CsrNumber.HSTATEEN0)).isNotZero();
  }

  private static HartState with(HartState s, Map<Integer, Long> csrs, HartState.Reservation r) {
    return new HartState(
        s.pc(),
        s.x(),
        s.f(),
        s.privilege(),
        s.virtual(),
        s.hosted(),
        csrs,
        s.inputs(),
        s.softwarePending(),
        s.machineTimer(),
        s.retired(),
        Optional.ofNullable(r));
  }

  @Test
  void aRegisterThatThisHartCannotHaveSoIsRefused() {
    Hart wide = hart(Paging.SV57);
    wide.csr(CsrNumber.SATP, 10L << 60 | RAM >> 12);
    HartState state = wide.state();
    assertThatThrownBy(() -> hart(Paging.SV39).restore(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hart 0 cannot have 0xa000000000080000 in CSR 0x180, which becomes 0x0");
    Map<Integer, Long> csrs = new HashMap<>(state.csrs());
    csrs.put(CsrNumber.MISA, 1L);
    assertThatThrownBy(() -> hart(Paging.SV57).restore(with(state, csrs, null)))
        .hasMessageContaining("in CSR 0x301");
  }

  @Test
  void aReservationIsAGuestAddressAndMustBeInMemory() {
    Hart hart = hart(Paging.SV57);
    HartState state = hart.state();
    var inside = new HartState.Reservation(RAM + 0x100, 5);
    hart.restore(with(state, state.csrs(), inside));
    assertThat(hart.state().reservation()).hasValue(inside);
    var outside = new HartState.Reservation(0x1000, 5);
    assertThatThrownBy(() -> hart.restore(with(state, state.csrs(), outside)))
        .hasMessage("hart 0 has reserved 0x1000, where there is no memory");
  }

  @Test
  void aModeThatDoesNotExistIsRefused() {
    HartState state = hart(Paging.SV57).state();
    assertThatThrownBy(() ->
            new HartState(
                0,
                state.x(),
                state.f(),
                Privilege.MACHINE,
                true,
                false,
                state.csrs(),
                0,
                0,
                -1,
                0,
                Optional.empty()))
        .hasMessageContaining("there is no mode 3 with virtual true");
  }
}
