package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioReader;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanPrintingTest {
  @TempDir private Path folder;
  private ScenarioPlan plan;

  @BeforeEach
  void makePlan() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("small.yaml"),
            """
            machine:
              memory: 512M
              cpus:
                - {policy: priority, host-cpu: 1}
                - policy: cyclic
                  frame: 10ms
                  windows: [{vm: linux, offset: 2ms, duration: 3ms}]
                - dedicated
            vms:
              cluster:
                builtin: cluster
                memory: 32M
                service: true
                schedule: {budget: 300us, period: 1ms}
                restart: on-failure
                watchdog: 1s
              linux:
                builtin: linux
                memory: 256M
                memory-policy: paged
                affinity: [0, 1]
                autostart: false
            channels:
              vehicle: {size: 4K, between: {cluster: read-write, linux: read-only}}
            """);
    plan = ScenarioPlan.of(ScenarioReader.read(file));
  }

  private String section(String title) {
    String text = PlanText.of(plan);
    int start = text.indexOf("\n" + title);
    assertThat(start).as(title).isPositive();
    int end = text.indexOf("\n\n", start + 1);
    return text.substring(text.indexOf('\n', start + 1) + 1, end < 0 ? text.length() : end + 1);
  }

  @Test
  void theFirstLineSaysWhatItHolds() {
    assertThat(PlanText.of(plan))
        .startsWith(
            "small: 3 CPUs and 512M of memory (288.0M given out); 2 VMs: cluster, linux; 1 channel: vehicle\n");
  }

  @Test
  void vmsAreListed() {
    assertThat(section("VMs"))
        .isEqualTo(
            """
              VM                 runs     vCPUs  memory  console  engine  paging  restart     watchdog  starts
              cluster (service)  cluster      1     32M  serial   auto    sv57    on-failure        1s  at once
              linux              linux        2    256M  virtio   auto    sv57    never              -  when told
            """);
  }

  @Test
  void machineMemoryIsListedToItsEnd() {
    assertThat(section("Machine memory, by host-physical address"))
        .isEqualTo(
            """
                     from           to    size  owner            given out
              0x0000_0000  0x0000_0fff      4K  channel vehicle  contiguous
              0x0000_1000  0x0200_0fff     32M  cluster          contiguous
              0x0200_1000  0x1200_0fff    256M  linux            paged
              0x1200_1000  0x1fff_ffff  224.0M  -                free
            """);
  }

  @Test
  void eachVmsMemoryIsListedWithWhereItIs() {
    assertThat(section("What linux sees, by guest-physical address"))
        .isEqualTo(
            """
                     from           to  size  what               access                interrupt  host-physical
              0x0010_0000  0x0010_0fff    4K  finisher           registers                     -              -
              0x0010_1000  0x0010_1fff    4K  rtc                registers                    11              -
              0x0010_2000  0x0010_2fff    4K  watchdog           registers                    12              -
              0x0010_3000  0x0010_3fff    4K  generation         registers                    13              -
              0x02f0_0000  0x02f0_3fff   16K  sswi               registers                     -              -
              0x0400_0000  0x0400_0fff    4K  channel vehicle    registers                    64              -
              0x0401_0000  0x0401_0fff    4K  gpio               registers                    80              -
              0x0600_0000  0x0600_0fff    4K  memory of vehicle  read                          -    0x0000_0000
              0x0c00_0000  0x0c5f_ffff    6M  plic               registers                     -              -
              0x1000_0000  0x1000_00ff  256B  uart0              registers                    10              -
              0x1000_1000  0x1000_1fff    4K  entropy            registers                     1              -
              0x1000_2000  0x1000_2fff    4K  console            registers                     2              -
              0x1000_3000  0x1000_3fff    4K  balloon            registers                     3              -
              0x1000_4000  0x1000_8fff   20K  empty slots        registers                     -              -
              0x8000_0000  0x8fff_ffff  256M  RAM                read, write, execute          -    0x0200_1000
            """);
  }

  @Test
  void cpusAreListedWithWhatEachVcpuCanCountOn() {
    assertThat(section("CPUs"))
        .isEqualTo(
            """
              CPU  policy       host CPU  vCPU       priority  weight  budget        share  promise
                0  priority     1         cluster.0       192       -  300us in 1ms  30.0%  whole budget within 300us
                                          linux.0         128       -  -                 -  what the others leave, by priority
                1  cyclic 10ms  any       linux.1           -       -  -             30.0%  its windows only
                2  dedicated    any       -                 -       -  -                 -  idle
            """);
    assertThat(section("Timetable of CPU 1, repeated every 10ms"))
        .isEqualTo(
            """
              from    to  VM
               0ms   2ms  nobody
               2ms   5ms  linux
               5ms  10ms  nobody
            """);
  }

  @Test
  void theMatrixSaysWhoCanReachWhom() {
    assertThat(section("Who can reach whom, and by what"))
        .isEqualTo(
            """
              from \\ to  cluster         linux
              cluster                    vehicle (data, bell), cpu 0 (delay)
              linux      vehicle (bell)
            """);
    assertThat(section("What connects them with the host"))
        .isEqualTo(
            """
              VM       exchanges data with the host by
              cluster  serial console
              linux    virtio console
            """);
  }

  @Test
  void programsGetTheSameAsJson() throws IOException {
    Map<String, String> values = values(PlanJson.of(plan));
    assertThat(values)
        .containsEntry("/name", "small")
        .containsEntry("/vms[0]/watchdog", "1000000000")
        .containsEntry("/vms[1]/autostart", "false")
        .containsEntry("/vms[1]/regions[7]/name", "memory of vehicle")
        .containsEntry("/vms[1]/regions[7]/kind", "window")
        .containsEntry("/vms[1]/regions[7]/writable", "false")
        .containsEntry("/vms[1]/regions[7]/hpa", "0")
        .containsEntry("/memory/extents[2]/policy", "paged")
        .containsEntry("/cpus[0]/hostCpu", "1")
        .containsEntry("/cpus[0]/vcpus[0]/kept", "true")
        .containsEntry("/cpus[0]/vcpus[0]/within", "300000")
        .containsEntry("/cpus[1]/windows[0]/offset", "2000000")
        .containsEntry("/flows[0]/means", "data")
        .containsEntry("/flows[1]/means", "doorbell")
        .containsEntry("/outside[1]/what", "virtio console");
  }

  /** All values by the way to them. */
  private static Map<String, String> values(String text) throws IOException {
    Map<String, String> values = new TreeMap<>();
    try (JsonParser json = new JsonFactory().createParser(text)) {
      while (json.nextToken() != null) {
        if (json.currentToken().isScalarValue() && json.currentToken() != JsonToken.FIELD_NAME) {
          values.put(
              json.getParsingContext().pathAsPointer().toString().replaceAll("/(\\d+)", "[$1]"),
              json.getText());
        }
      }
    }
    return values;
  }
}
