package atoll.server;

import atoll.host.LatencyHistogram;
import atoll.image.Words;
import atoll.kernel.MachineMemory;
import atoll.kernel.PcpuStatistics;
import atoll.manager.SystemStatistics;
import atoll.manager.VmReport;
import atoll.report.OutcomeText;
import atoll.vmm.VcpuReport;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** A system's statistics for programs. Names are stable; new ones may be added. */
public final class SystemJson {
  private final JsonGenerator json;

  private SystemJson(JsonGenerator json) {
    this.json = json;
  }

  /**
   * One JSON object.
   *
   * @param outcome how the run ended, in one word
   * @param exitCode what the process ends with
   */
  public static String of(SystemStatistics system, String outcome, int exitCode) {
    return JsonText.document(json -> {
      writeEnd(outcome, exitCode, json);
      write(system, json);
    });
  }

  /** How a run has ended, as fields of an object that has been begun. */
  static void writeEnd(String outcome, int exitCode, JsonGenerator json) throws IOException {
    json.writeStringField("outcome", outcome);
    json.writeNumberField("exitCode", exitCode);
  }

  /** The fields of an object that has been begun. */
  static void write(SystemStatistics system, JsonGenerator json) throws IOException {
    new SystemJson(json).write(system);
  }

  /** One of its VMs, as an object. */
  static void write(VmReport vm, JsonGenerator json) throws IOException {
    new SystemJson(json).write(vm);
  }

  /**
   * Which VMs there are, and what state they are in, as fields of an object that has been begun.
   */
  static void writeList(SystemStatistics system, JsonGenerator json) throws IOException {
    SystemJson writer = new SystemJson(json);
    json.writeArrayFieldStart("vms");
    for (VmReport vm : system.vms()) {
      json.writeStartObject();
      writer.state(vm);
      RecordJson.writeField("last", vm.last(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void write(SystemStatistics system) throws IOException {
    json.writeNumberField("elapsedNanos", system.elapsed().toNanos());
    write(system.platform().memory());
    json.writeArrayFieldStart("cpus");
    for (PcpuStatistics cpu : system.platform().pcpus()) {
      json.writeStartObject();
      json.writeNumberField("number", cpu.number());
      json.writeStringField("policy", cpu.policy());
      json.writeNumberField("worldSwitches", cpu.worldSwitches());
      json.writeNumberField("hostCpuNanos", cpu.executed());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("machines");
    for (VmReport vm : system.vms()) {
      write(vm);
    }
    json.writeEndArray();
    NetworkJson.write(system.networks(), json);
  }

  private void write(MachineMemory.Usage memory) throws IOException {
    json.writeObjectFieldStart("memory");
    json.writeNumberField("size", memory.size());
    json.writeNumberField("used", memory.used());
    json.writeNumberField("peak", memory.peak());
    json.writeNumberField("allocations", memory.allocations());
    json.writeEndObject();
  }

  private void write(VmReport vm) throws IOException {
    json.writeStartObject();
    state(vm);
    StatisticsJson.write(vm.statistics(), json);
    json.writeEndObject();
  }

  private void state(VmReport vm) throws IOException {
    json.writeStringField("name", vm.name());
    json.writeStringField("status", Words.of(vm.status()));
    json.writeNumberField("restarts", vm.restarts());
    if (vm.last().isPresent()) {
      json.writeStringField("lastEnd", OutcomeText.of(vm.last().get()));
    }
    json.writeNumberField("memory", vm.memory());
    json.writeArrayFieldStart("vcpus");
    for (VcpuReport vcpu : vm.vcpus()) {
      write(vcpu);
    }
    json.writeEndArray();
    RecordJson.writeField("disks", vm.disks(), json);
  }

  private void write(VcpuReport vcpu) throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", vcpu.number());
    json.writeNumberField("cpu", vcpu.pcpu());
    json.writeStringField("state", Words.of(vcpu.state()));
    LatencyHistogram.Snapshot wakeUps = vcpu.wakeUps();
    json.writeObjectFieldStart("wakeUpNanos");
    json.writeNumberField("count", wakeUps.total());
    json.writeNumberField("p50", wakeUps.percentile(0.5));
    json.writeNumberField("p99", wakeUps.percentile(0.99));
    json.writeNumberField("p999", wakeUps.percentile(0.999));
    json.writeNumberField("max", wakeUps.greatest());
    json.writeEndObject();
    json.writeEndObject();
  }
}
