package atoll.debug;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Advance;
import atoll.engine.StopPoints;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How addresses, threads, requests and stop points are written. */
class DebugFormsTest {
  @ParameterizedTest
  @CsvSource({
    ":1234, 127.0.0.1:1234, false",
    "1234, 127.0.0.1:1234, false",
    "127.0.0.1:7, 127.0.0.1:7, false",
    "0.0.0.0:7, 0.0.0.0:7, true",
    "[::1]:7, [0:0:0:0:0:0:0:1]:7, false",
    "/tmp/a.sock, /tmp/a.sock, false",
    "unix:a.sock, ./a.sock, false"
  })
  void anAddressIsAPortOrASocket(String text, String shown, boolean open) {
    DebugAddress address = DebugAddress.parse(text).orElseThrow();
    assertThat(address.text()).isEqualTo(shown);
    assertThat(address.open()).isEqualTo(open);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", ":70000", "host:1", "1.2.3:4", "a.sock", "unix:", ":-1"})
  void anythingElseIsNone(String text) {
    assertThat(DebugAddress.parse(text)).isEmpty();
  }

  @Test
  void threadsAreNamedWithOrWithoutTheirProcess() {
    assertThat(ThreadId.parse("p2.1f")).contains(new ThreadId(2, 31));
    assertThat(ThreadId.parse("p2")).contains(new ThreadId(2, ThreadId.ALL));
    assertThat(ThreadId.parse("p1.-1")).contains(new ThreadId(1, ThreadId.ALL));
    assertThat(ThreadId.parse("1")).contains(new ThreadId(ThreadId.UNSAID, 1));
    assertThat(ThreadId.parse("px.1")).isEmpty();
    assertThat(ThreadId.parse("")).isEmpty();
    assertThat(new ThreadId(1, ThreadId.ALL).covers(1, 5)).isTrue();
    assertThat(new ThreadId(1, ThreadId.ALL).covers(2, 5)).isFalse();
  }

  @Test
  void theFirstActionThatNamesAThreadCounts() {
    ResumeRequest request =
        ResumeRequest.parse("s:p1.2;r100,120:p2.1;t:p2.-1;c", false).orElseThrow();
    assertThat(request.of(1, 2))
        .isEqualTo(Map.of(0, new Advance.Freely(), 1, new Advance.Step(0, 0, false)));
    assertThat(request.of(2, 2)).isEqualTo(Map.of(0, new Advance.Step(0x100, 0x120, false)));
    assertThat(ResumeRequest.parse("q", false)).isEmpty();
    assertThat(ResumeRequest.parse("s:px", false)).isEmpty();
    assertThat(ResumeRequest.parse("r12", false)).isEmpty();
  }

  @Test
  void stopPointsAreKeptUpToALimit() {
    PointTable table = new PointTable();
    assertThat(table.set(new PointTable.Point(0, 0x100, 4))).isTrue();
    assertThat(table.set(new PointTable.Point(2, 0x200, 8))).isTrue();
    assertThat(table.set(new PointTable.Point(3, 0x300, 0))).isFalse();
    assertThat(table.set(new PointTable.Point(3, 0x300, 1L << 40))).isFalse();
    assertThat(table.limit(0x100, OptionalLong.of(7))).isTrue();
    assertThat(table.points())
        .isEqualTo(
            new StopPoints(
                List.of(new StopPoints.Breakpoint(0x100, OptionalLong.of(7))),
                List.of(new StopPoints.Watchpoint(0x200, 8, false, true))));
    assertThat(table.breakpointReason(0x100)).isEqualTo("swbreak");
    assertThat(table.breakpointReason(0x104)).isEqualTo("hwbreak");
    for (int i = 0; i < PointTable.MOST; i++) {
      boolean ignored = table.set(new PointTable.Point(1, i, 4));
    }
    assertThat(table.set(new PointTable.Point(1, -1, 4))).isFalse();
  }

  @Test
  void registersAreLittleEndian() {
    assertThat(Hex.register(0x1122)).isEqualTo("2211000000000000");
    assertThat(Hex.register("2211")).isEqualTo(Optional.of(0x1122L));
    assertThat(Hex.register("221")).isEmpty();
    assertThat(Hex.number("1ffffffffffffffff")).isEmpty();
    assertThat(RegisterNumbers.name(65 + 0x300)).contains("mstatus");
    assertThat(RegisterNumbers.name(1L << 40)).isEmpty();
    assertThat(RegisterNumbers.description(List.of(0x300, 1, 2, 3)))
        .contains("<osabi>none</osabi>", "name=\"mstatus\" bitsize=\"64\" regnum=\"833\"");
  }
}
