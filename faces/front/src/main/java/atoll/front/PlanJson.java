package atoll.front;

import atoll.image.Words;
import atoll.scenario.CpuPolicy;
import atoll.scenario.CpuPolicy.Window;
import atoll.scenario.CpuTable;
import atoll.scenario.FlowMatrix;
import atoll.scenario.MemoryMap;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.Schedule;
import atoll.scenario.VmDescription;
import atoll.server.JsonText;
import atoll.vmm.BoardPlan.Region;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/** The plan of a scenario, for programs. Names are stable; new ones may be added. */
final class PlanJson {
  private final JsonGenerator json;

  private PlanJson(JsonGenerator json) {
    this.json = json;
  }

  /** One JSON object; times are nanoseconds, sizes bytes, addresses numbers. */
  static String of(ScenarioPlan plan) {
    return JsonText.document(json -> {
      json.writeStringField("name", plan.scenario().name());
      json.writeStringField("file", plan.scenario().origin());
      new PlanJson(json).write(plan);
    });
  }

  private void write(ScenarioPlan plan) throws IOException {
    json.writeArrayFieldStart("vms");
    for (VmDescription vm : plan.scenario().vms()) {
      vm(vm, plan.memory().guests().get(vm.name()));
    }
    json.writeEndArray();
    memory(plan.memory());
    json.writeArrayFieldStart("cpus");
    for (CpuTable.Cpu cpu : plan.cpus().cpus()) {
      cpu(cpu);
    }
    json.writeEndArray();
    flows(plan.flows());
  }

  private void vm(VmDescription vm, List<MemoryMap.GuestRegion> regions) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", vm.name());
    json.writeStringField("runs", vm.guest().label());
    json.writeNumberField("vcpus", vm.vcpus());
    json.writeNumberField("memory", vm.memory());
    json.writeStringField("memoryPolicy", Words.of(vm.memoryPolicy()));
    json.writeStringField("console", Words.of(vm.console()));
    json.writeStringField("engine", vm.engine());
    json.writeStringField("mmu", vm.mmu());
    json.writeStringField("paging", Words.of(vm.paging()));
    json.writeStringField("trapLoop", Words.of(vm.onTrapLoop()));
    json.writeStringField("restart", Words.of(vm.restart().when()));
    if (vm.watchdog().isPresent()) {
      json.writeNumberField("watchdog", vm.watchdog().get().toNanos());
    }
    json.writeBooleanField("service", vm.service());
    json.writeBooleanField("autostart", vm.autostart());
    json.writeArrayFieldStart("regions");
    for (MemoryMap.GuestRegion guest : regions) {
      region(guest);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void region(MemoryMap.GuestRegion guest) throws IOException {
    Region region = guest.region();
    json.writeStartObject();
    json.writeStringField("name", region.name());
    json.writeStringField("kind", Words.of(region.kind()));
    json.writeNumberField("gpa", region.gpa());
    json.writeNumberField("bytes", region.size());
    json.writeBooleanField("writable", region.writable());
    if (region.interrupt() != 0) {
      json.writeNumberField("interrupt", region.interrupt());
    }
    if (guest.hpa().isPresent()) {
      json.writeNumberField("hpa", guest.hpa().getAsLong());
    }
    json.writeEndObject();
  }

  private void memory(MemoryMap memory) throws IOException {
    json.writeObjectFieldStart("memory");
    json.writeNumberField("bytes", memory.size());
    json.writeNumberField("used", memory.used());
    json.writeArrayFieldStart("extents");
    for (MemoryMap.Extent extent : memory.extents()) {
      json.writeStartObject();
      json.writeStringField("owner", extent.owner());
      json.writeStringField("kind", Words.of(extent.use()));
      json.writeNumberField("hpa", extent.hpa());
      json.writeNumberField("bytes", extent.bytes());
      json.writeStringField("policy", Words.of(extent.policy()));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void cpu(CpuTable.Cpu cpu) throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", cpu.description().number());
    json.writeStringField("policy", cpu.description().policy().name());
    if (cpu.description().hostCpu().isPresent()) {
      json.writeNumberField("hostCpu", cpu.description().hostCpu().getAsInt());
    }
    policy(cpu.description().policy());
    json.writeNumberField("promised", cpu.promised());
    json.writeArrayFieldStart("vcpus");
    for (CpuTable.Claim claim : cpu.claims()) {
      claim(claim);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void policy(CpuPolicy policy) throws IOException {
    switch (policy) {
      case CpuPolicy.RoundRobin turns -> json.writeNumberField("slice", turns.slice().toNanos());
      case CpuPolicy.Fair shares -> json.writeNumberField("slice", shares.slice().toNanos());
      case CpuPolicy.Cyclic windows -> timetable(windows);
      case CpuPolicy.Dedicated whole -> {}
      case CpuPolicy.Pool any -> {}
      case CpuPolicy.Priority ranks -> {}
    }
  }

  private void timetable(CpuPolicy.Cyclic policy) throws IOException {
    json.writeNumberField("frame", policy.frame().toNanos());
    json.writeArrayFieldStart("windows");
    for (Window window : policy.windows()) {
      json.writeStartObject();
      json.writeStringField("vm", window.vm());
      json.writeNumberField("offset", window.offset().toNanos());
      json.writeNumberField("duration", window.duration().toNanos());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void claim(CpuTable.Claim claim) throws IOException {
    json.writeStartObject();
    json.writeStringField("vm", claim.vm());
    json.writeNumberField("vcpu", claim.vcpu());
    json.writeNumberField("priority", claim.schedule().priority());
    json.writeNumberField("weight", claim.schedule().weight());
    if (claim.schedule().budget().isPresent()) {
      Schedule.Budget budget = claim.schedule().budget().get();
      json.writeNumberField("budget", budget.time().toNanos());
      json.writeNumberField("period", budget.period().toNanos());
      json.writeBooleanField("kept", claim.kept());
    }
    if (claim.within().isPresent()) {
      json.writeNumberField("within", claim.within().get().toNanos());
    }
    if (claim.share().isPresent()) {
      json.writeNumberField("share", claim.share().getAsDouble());
    }
    json.writeEndObject();
  }

  private void flows(FlowMatrix matrix) throws IOException {
    json.writeArrayFieldStart("flows");
    for (FlowMatrix.Flow flow : matrix.flows()) {
      json.writeStartObject();
      json.writeStringField("from", flow.from());
      json.writeStringField("to", flow.to());
      json.writeStringField("means", Words.of(flow.means()));
      json.writeStringField("via", flow.via());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("outside");
    for (FlowMatrix.HostLink link : matrix.outside()) {
      json.writeStartObject();
      json.writeStringField("vm", link.vm());
      json.writeStringField("what", link.what());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
