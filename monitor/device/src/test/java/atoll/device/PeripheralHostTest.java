package atoll.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.peripheral.Board;
import atoll.peripheral.Peripheral;
import atoll.peripheral.RegisterAccess;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Code of a user's has its board, and does harm to its own machine at most. */
class PeripheralHostTest extends PeripheralFixture {
  private static final long MILLI = 1_000_000;

  @Test
  void registersAreReadInTheSizeOfTheAccessAndWatched() {
    PeripheralHost host = host(probe());
    assertThat(read(host, 0, 1)).isEqualTo(0x88);
    assertThat(read(host, 0, 4)).isEqualTo(0x5566_7788L);
    assertThat(read(host, 0, 8)).isEqualTo(0x1122_3344_5566_7788L);
    write(host, 4, 2, 7);
    assertThat(accesses)
        .endsWith(new RegisterAccess(true, 4, 2, 7))
        .contains(new RegisterAccess(false, 0, 1, 0x88));
    assertThat(host.perform(0x40, new MmioAccess().read(0, 4))).isFalse();
    assertThat(host.perform(0x44, new MmioAccess().read(0, 4))).isTrue();
    assertThat(host.name()).isEqualTo("own probe");
    assertThat(failures).isEmpty();
  }

  @Test
  void whatACallThrowsIsToldWithMethodRegisterAndPlaceAndTheDeviceIsCalledNoMore() {
    PeripheralHost host = host(probe());
    write(host, 8, 4, 1);
    assertThat(failures)
        .singleElement()
        .asString()
        .startsWith(
            "device probe (class x.Probe): write of 4 bytes at 0x8 threw"
                + " java.lang.IllegalStateException: no such value at"
                + " atoll.device.PeripheralFixture$Probe.write(PeripheralFixture.java:")
        .doesNotContain("second line");
    assertThat(causes.getFirst().getStackTrace())
        .extracting(StackTraceElement::getClassName)
        .containsExactly(Probe.class.getName());
    assertThat(read(host, 0, 8)).isZero();
    write(host, 8, 4, 1);
    assertThat(failures).hasSize(1);
  }

  @Test
  void errorsAndCheckedExceptionsOfEveryCallEndInOneSentence() {
    Board[] given = new Board[1];
    PeripheralHost host =
        host(board -> {
          given[0] = board;
          board.timer(() -> {
            throw new AssertionError("in a timer");
          });
          return new Probe(board) {
            @Override
            public boolean decodes(long offset, int size, boolean write) {
              return deep(offset) > 0;
            }

            private long deep(long n) {
              return n == Long.MAX_VALUE ? 1 : deep(n + 1) + 1;
            }
          };
        });
    write(host, 0, 4, 1);
    assertThat(failures)
        .singleElement()
        .asString()
        .contains("decodes for a write of 4 bytes at 0x0 threw java.lang.StackOverflowError");
  }

  @Test
  void aTimerRingsInGuestTimeAndWaitsForTheEndOfAPause() {
    PeripheralHost host = host(probe());
    probe.timer.after(2 * MILLI);
    pace.advance(5 * MILLI);
    assertThat(probe.ticks).as("before the machine runs").isZero();
    host.resume();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(1);
    assertThat(probe.timer.due()).isEmpty();
    probe.timer.at(clock.nanos() + 3 * MILLI);
    assertThat(probe.timer.due()).isEqualTo(OptionalLong.of(8 * MILLI));
    host.pause();
    pace.advance(10 * MILLI);
    assertThat(probe.ticks).isEqualTo(1);
    host.resume();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(2);
    assertThat(probe.told).containsExactly("pause", "resume");
    probe.timer.after(1);
    probe.timer.cancel();
    probe.timer.after(MILLI);
    probe.timer.after(2 * MILLI);
    pace.advance(MILLI);
    assertThat(probe.ticks).isEqualTo(2);
    pace.advance(MILLI);
    assertThat(probe.ticks).isEqualTo(3);
    assertThat(charges).isEqualTo(3);
  }

  @Test
  void timersAreMadeInTheConstructorOnly() {
    PeripheralHost host = host(probe());
    host.resume();
    assertThatThrownBy(() -> probe.board.timer(() -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in its constructor");
  }

  @Test
  void linesAreDrivenAsTheDeviceSays() {
    host(board -> {
      board.interrupt(1).set(true);
      return probe().create(board);
    });
    assertThat(wires.get(1).high).as("driven in the constructor").isTrue();
    probe.board.interrupt().pulse();
    assertThat(wires.get(0).edges).isEqualTo(1);
    assertThat(wires.get(0).high).isFalse();
    assertThat(probe.board.interrupts()).isEqualTo(2);
    assertThatThrownBy(() -> probe.board.interrupt(2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("interrupts: 3");
  }

  @Test
  void actionsOfOtherThreadsAreDoneWhileTheMachineRunsAndAreBounded() {
    PeripheralHost host = host(probe());
    assertThat(probe.board.perform(() -> probe.told.add("first"))).isTrue();
    pace.advance(0);
    assertThat(probe.told).isEmpty();
    host.resume();
    pace.advance(0);
    assertThat(probe.told).containsExactly("first");
    for (int n = 0; n < 1024; n++) {
      assertThat(probe.board.perform(() -> probe.ticks++)).isTrue();
    }
    assertThat(probe.board.perform(() -> probe.ticks++)).isFalse();
    pace.advance(0);
    assertThat(probe.ticks).isEqualTo(1024);
    host.pause();
    host.close();
    assertThat(probe.board.perform(() -> {})).isFalse();
  }

  @Test
  void memoryIsReachedWhereItIsGrantedAndWhileTheMachineRuns() {
    dma =
        new DmaGrant(
            false,
            List.of(
                new DmaGrant.Range(RAM + 0x100, 0x100, true),
                new DmaGrant.Range(RAM + SIZE - 16, 0x1000, false)));
    PeripheralHost host = host(probe());
    byte[] bytes = {1, 2, 3, 4};
    assertThat(probe.board.dma().write(RAM + 0x100, bytes)).as("before it runs").isFalse();
    host.resume();
    assertThat(probe.board.dma().write(RAM + 0x1fc, bytes)).isTrue();
    assertThat(memory.getInt(RAM + 0x1fc)).isEqualTo(0x0403_0201);
    byte[] read = new byte[4];
    assertThat(probe.board.dma().read(RAM + 0x1fc, read)).isTrue();
    assertThat(read).isEqualTo(bytes);
    for (long wrong :
        new long[] {RAM + 0x1fd, RAM + 0xff, RAM, 0, -4, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(probe.board.dma().write(wrong, bytes)).as("at 0x%x", wrong).isFalse();
      assertThat(probe.board.dma().read(wrong, read)).as("at 0x%x", wrong).isFalse();
    }
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 16, false)).isTrue();
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 16, true)).as("read-only").isFalse();
    assertThat(probe.board.dma().allows(RAM + SIZE - 16, 17, false)).as("no RAM").isFalse();
    assertThat(probe.board.dma().allows(RAM + 0x100, -1, false)).isFalse();
    host.pause();
    assertThat(probe.board.dma().read(RAM + 0x100, read)).as("in a pause").isFalse();
  }

  @Test
  void allOfTheRamIsGrantedAndNothingElse() {
    dma = DmaGrant.RAM;
    PeripheralHost host = host(probe());
    host.resume();
    assertThat(probe.board.dma().allows(RAM, SIZE, true)).isTrue();
    assertThat(probe.board.dma().allows(RAM, SIZE + 1, true)).isFalse();
    assertThat(probe.board.dma().allows(RAM - 1, 1, true)).isFalse();
    assertThat(probe.board.dma().allows(-1, Long.MAX_VALUE, true)).isFalse();
  }

  @Test
  void aStateHasLinesTimersAndWhatTheDeviceSays() {
    PeripheralHost host = host(probe());
    host.resume();
    probe.board.interrupt(1).set(true);
    probe.timer.after(7 * MILLI);
    probe.ticks = 3;
    host.pause();
    PeripheralHost.State state = host.state();
    wires.forEach(wire -> wire.set(false));
    PeripheralHost other = host(probe());
    other.restore(state);
    assertThat(other.state()).isEqualTo(state);
    assertThat(wires.get(1).high).isTrue();
    other.resume();
    pace.advance(7 * MILLI);
    assertThat(probe.ticks).isEqualTo(4);
    assertThatThrownBy(
            () -> other.restore(new PeripheralHost.State(state.lines(), List.of(), state.own())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 timers");
  }

  @Test
  void aDeviceWithoutStateSaysSo() {
    PeripheralHost host = host(board -> Peripheral.of((at, size) -> at, (at, size, value) -> {}));
    assertThat(read(host, 4, 4)).isEqualTo(4);
    assertThatThrownBy(host::state)
        .isInstanceOf(PeripheralException.class)
        .hasMessage(
            "device probe (class x.Probe) is no StatefulPeripheral, so that a machine that has it has no state to be taken");
  }

  @Test
  void whatCannotBeMadeSaysWhy() {
    assertThatThrownBy(() ->
            host(board -> {
              throw new java.io.IOException("port 5 is taken");
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith(
            "device probe (class x.Probe): its constructor threw java.io.IOException: port 5 is taken at ");
    assertThatThrownBy(() -> host(board -> null))
        .hasMessageContaining("java.lang.NullPointerException: no device was made");
    settings = Map.of("rate", "fast");
    assertThatThrownBy(() ->
            host(board -> {
              board.settings().number("rate", 1, 9, 1);
              return probe().create(board);
            }))
        .isInstanceOf(PeripheralException.class)
        .hasMessage(
            "device probe (class x.Probe): setting 'rate' is 'fast', expected a whole number from 1 to 9");
    assertThatThrownBy(() -> host(probe()))
        .hasMessageContaining("there is no setting 'rate', expected one of []");
    assertThat(probe.told).as("given back").containsExactly("close");
  }

  @Test
  void otherCodeTakesThePlaceWithLinesOfItsOwn() {
    PeripheralHost host = host(probe());
    host.resume();
    final Probe old = probe;
    old.board.interrupt(0).set(true);
    host.pause();
    assertThatThrownBy(() ->
            host.replace(
                "a lambda",
                board -> {
                  throw new IllegalArgumentException("not today");
                }))
        .isInstanceOf(PeripheralException.class)
        .hasMessageStartingWith("device probe (a lambda): its constructor threw");
    assertThat(old.told).as("still there").containsExactly("pause");
    host.replace(
        "a lambda",
        board -> {
          board.interrupt(1).set(true);
          return Peripheral.of((at, size) -> 42, (at, size, value) -> {});
        });
    assertThat(old.told).containsExactly("pause", "close");
    assertThat(wires.get(0).high).isFalse();
    assertThat(wires.get(1).high).isTrue();
    old.board.interrupt(0).set(true);
    old.timer.after(0);
    host.resume();
    pace.advance(MILLI);
    assertThat(wires.get(0).high).as("driven by one that has gone").isFalse();
    assertThat(old.ticks).isZero();
    assertThat(read(host, 0, 4)).isEqualTo(42);
    assertThat(failures).isEmpty();
  }
}
