package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.DiskLocation;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.keys.Keyring;
import atoll.keys.SignerRole;
import atoll.manager.BoardAction;
import atoll.manager.Bytes;
import atoll.manager.DebugAction;
import atoll.manager.KeyAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.TrustAction;
import atoll.manager.VmStatus;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.testkit.TestSystem;
import atoll.trust.Attestation;
import atoll.trust.MeasurementLog;
import atoll.trust.SystemVerifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chain of a verified start: each of its links broken once, and whole. */
class VerifiedSystemTest {
  private static final String SCENARIO =
      """
      name: chained
      verify: {except: ["vms.hello.disks[1]"]}
      machine: {cpus: [fair], memory: 48M}
      vms:
        hello:
          firmware: hello.elf
          memory: 16M
          disks: [{file: system.img, read-only: true}, data.img]
          fw-cfg: [{name: opt/key, file: key.txt}]
      """;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void make() throws IOException {
    Files.copy(Road.ROOT.resolve("guests/hello/hello.elf"), folder.resolve("hello.elf"));
    Files.write(folder.resolve("system.img"), new byte[65536]);
    Files.write(folder.resolve("data.img"), new byte[4096]);
    Files.writeString(folder.resolve("key.txt"), "told");
    file = Files.writeString(folder.resolve("chained.yaml"), SCENARIO);
    Manager manager = manager();
    for (String key : List.of("sign", "attest", "other")) {
      assertThat(manager.perform(new KeyAction.MakeKey(key))).isNotEmpty();
    }
    trust(SignerRole.SIGNER, "release", "sign");
    trust(SignerRole.ATTESTER, "host", "attest");
    sign("sign", OptionalLong.empty());
  }

  private UnaryOperator<String> environment() {
    return name ->
        name.startsWith("XDG_")
            ? folder.resolve("home").resolve(name).toString()
            : System.getenv(name);
  }

  private Manager manager() {
    return new Manager(Clock.host(), Effects.host(), environment());
  }

  private void trust(SignerRole role, String name, String key) {
    Manager manager = manager();
    String id = manager.perform(new KeyAction.ShowKey(key));
    manager.perform(new TrustAction.TrustSigner(role, name, id));
  }

  private void sign(String key, OptionalLong version) {
    assertThat(manager().perform(new TrustAction.Sign(file, key, version)).pieces()).isEqualTo(4);
  }

  private TestSystem start() {
    return TestSystem.start(file, environment());
  }

  /** Nothing is started, and the link is named; nothing is left behind. */
  private void refused(String link, String why) throws IOException {
    assertThatThrownBy(() -> start().close())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(link + ": ")
        .hasMessageContaining(why);
    requireNothingLeft();
  }

  private void requireNothingLeft() throws IOException {
    Path cache = folder.resolve("home/XDG_CACHE_HOME/atoll");
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.startsWith(".verified"));
    }
  }

  private void flip(String name, int bit) throws IOException {
    Path of = folder.resolve(name);
    byte[] bytes = Files.readAllBytes(of);
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
    Files.write(of, bytes);
  }

  private Path list() {
    return folder.resolve("chained.yaml.sums");
  }

  private Path signature() {
    return folder.resolve("chained.yaml.sums.minisig");
  }

  // ------------------------------------------------------------ whole

  @Test
  void aWholeChainStartsFromCopiesThatNobodyCanChange() throws Exception {
    try (TestSystem system = start()) {
      system.console("hello").await("> ", LIMIT);
      flip("hello.elf", 12_000); // it could have been changed between the look and the start
      assertThat(system.perform(new LifeAction.Reset("hello"))).isEqualTo(VmStatus.RUNNING);
      flip("hello.elf", 12_000);
      MeasurementLog log = system.perform(new TrustAction.ReadMeasurements());
      assertThat(log.steps().stream().map(MeasurementLog.Step::link))
          .containsExactly(
              "atoll",
              "signature",
              "scenario",
              "vms.hello.firmware",
              "vms.hello.disks[0]",
              "vms.hello.fw-cfg[opt/key]",
              "vms.hello.disks[1]");
      quote(system);
    }
    assertThat(manager().perform(new TrustAction.ListVersions()).values()).containsExactly(1L);
  }

  @Test
  void whatWasVerifiedIsNotChangedWhileItRuns() throws Exception {
    Path other = Files.write(folder.resolve("other.img"), new byte[4096]);
    try (TestSystem system = start()) {
      system.console("hello").await("> ", LIMIT);
      assertThatThrownBy(() -> system.perform(change(0, other)))
          .hasMessageContaining("vms.hello.disks[0] would no longer be what was signed");
      assertThatThrownBy(() ->
              system.perform(
                  new DebugAction.WriteMemory("hello", 0x8000_0000L, Bytes.of(new byte[1], 0, 1))))
          .hasMessageContaining("vms.hello in memory would no longer be what was signed");
      assertThatThrownBy(() -> system.perform(new DebugAction.OpenDebugger("hello")))
          .hasMessageContaining("only debuggers that the scenario has may change it");
      assertThatThrownBy(() -> system.perform(change(2, other)))
          .hasMessageContaining("has no disk 2");
      Bytes read = system.perform(new DebugAction.ReadMemory("hello", 0x8000_0000L, 4));
      assertThat(read.toArray()).hasSize(4);
      system.perform(change(1, other)); // which is excepted
    }
  }

  private static BoardAction.ChangeDisk change(int disk, Path image) {
    return new BoardAction.ChangeDisk(
        "hello", disk, DiskLocation.of(image), Optional.empty(), false);
  }

  private void quote(TestSystem system) throws IOException {
    Attestation.Quote quote =
        system.perform(new TrustAction.Attest("attest", Optional.of("n0nce")));
    Path log = Files.writeString(folder.resolve("log"), quote.log());
    Path beside = Files.writeString(folder.resolve("log.minisig"), quote.signature());
    assertThat(check(log, "n0nce")).isEmpty();
    assertThatThrownBy(() -> check(log, "another"))
        .hasMessageContaining("is the answer to another question");
    Files.writeString(log, quote.log().replace(" hello.elf", " other.elf"));
    assertThatThrownBy(() -> check(log, "n0nce")).hasMessageContaining("is not what host signed");
    Files.writeString(log, quote.log());
    Files.writeString(beside, Files.readString(signature()));
    assertThatThrownBy(() -> check(log, "n0nce")).hasMessageContaining("which is not that of host");
    Files.writeString(beside, quote.signature());
    sign("sign", OptionalLong.of(1)); // the same again
    flip("key.txt", 3);
    sign("sign", OptionalLong.of(1));
    assertThat(check(log, "n0nce"))
        .anySatisfy(difference -> assertThat(difference).contains("vms.hello.fw-cfg[opt/key]"));
    flip("key.txt", 3);
    sign("sign", OptionalLong.of(1));
  }

  private List<String> check(Path log, String nonce) {
    return manager()
        .perform(
            new TrustAction.CheckQuote(
                log, Optional.of(file), Optional.of("host"), Optional.of(nonce)));
  }

  @Test
  void aChangedLineOfALogBreaksItsChain() {
    MeasurementLog log =
        new MeasurementLog(
            List.of(
                new MeasurementLog.Step("-", "atoll", "1"),
                new MeasurementLog.Step("a".repeat(128), "scenario", "a.yaml")));
    assertThat(MeasurementLog.parse("log", log.text())).isEqualTo(log);
    assertThatThrownBy(() -> MeasurementLog.parse("log", log.text().replace("atoll 1", "atoll 2")))
        .hasMessageContaining("log:2: the chain is broken");
    List<String> lines = log.text().lines().toList();
    assertThatThrownBy(() -> MeasurementLog.parse("log", lines.get(0) + "\n" + lines.get(2) + "\n"))
        .hasMessageContaining("log:2: expected line 1");
  }

  @Test
  void aNameAddsNoLineToALogAndSplitsNone() {
    MeasurementLog log =
        new MeasurementLog(
            List.of(
                new MeasurementLog.Step("-", "vms.a.files[/my file]", "my file\u2028by\n2 forged"),
                new MeasurementLog.Step("-", "atoll", "1")));
    assertThat(log.text().lines()).hasSize(3);
    assertThat(MeasurementLog.parse("log", log.text())).isEqualTo(log);
  }

  // ------------------------------------------------------------ broken

  @Test
  void aFlippedBitInAnyPieceIsFound() throws IOException {
    flip("hello.elf", 40_000);
    refused("vms.hello.firmware", "is not what was signed");
    flip("hello.elf", 40_000);
    flip("system.img", 7);
    refused("vms.hello.disks[0]", "is not what was signed");
    flip("system.img", 7);
    flip("key.txt", 9);
    refused("vms.hello.fw-cfg[opt/key]", "is not what was signed");
    flip("key.txt", 9);
    Files.writeString(file, SCENARIO.replace("16M", "17M"));
    refused("scenario", "is not what release signed");
    Files.writeString(file, SCENARIO);
    flip("chained.yaml.sums", 300);
    refused("signature", "is not what release signed");
    flip("chained.yaml.sums", 300);
    flip("data.img", 1); // which its guest may write
    start().close();
  }

  @Test
  void anOlderVersionIsRefusedUntilItsCounterIsReset() throws IOException {
    String older = Files.readString(list());
    String olderSignature = Files.readString(signature());
    sign("sign", OptionalLong.empty());
    start().close();
    Files.writeString(list(), older);
    Files.writeString(signature(), olderSignature);
    refused("version", "this is version 1 of chained, and version 2 has run here");
    String counter = manager().perform(new TrustAction.ListVersions()).keySet().iterator().next();
    manager().perform(new TrustAction.ResetVersion(counter));
    start().close();
  }

  @Test
  void anUnsignedAdditionIsRefused() throws IOException {
    String list = Files.readString(list());
    Files.writeString(list(), list.replaceFirst("[0-9a-f]{128}  key.txt\n", ""));
    String ignored = signList("sign");
    refused("vms.hello.fw-cfg[opt/key]", "key.txt is not signed");
  }

  private String signList(String key) throws IOException {
    return manager()
        .perform(new TrustAction.Sign(list(), key, OptionalLong.empty()))
        .signature()
        .toString();
  }

  @Test
  void aWrongKeyACutSignatureAndThatOfAnotherFileAreRefused() throws IOException {
    String right = Files.readString(signature());
    String ignored = signList("other");
    refused("signature", "which is not that of any signer who is trusted here (release)");
    ignored = signList("attest"); // who says what runs does not say what may
    refused("signature", "which is not that of any signer who is trusted here (release)");
    Files.writeString(signature(), right.substring(0, right.length() - 20));
    refused("signature", "is damaged or cut off");
    sign("sign", OptionalLong.of(9));
    Files.writeString(list(), Files.readString(list()).replace("version: 9", "version: 10"));
    refused("signature", "is not what release signed");
    Files.delete(signature());
    refused("signature", "is not signed");
    Files.delete(list());
    refused("signature", "there is no ");
  }

  @Test
  void aListOfAnotherSystemIsRefused() throws IOException {
    String list = Files.readString(list());
    Files.writeString(list(), list.replace("system: chained", "system: other"));
    String ignored = signList("sign");
    refused("scenario", "it is the system 'chained', and the list is of 'other'");
    Files.writeString(list(), "# nothing\n");
    String again = signList("sign");
    assertThat(again).isNotEmpty();
    refused("signature", "expected '# Atoll signed system 1'");
  }

  @Test
  void whatCannotBeVerifiedHasToBeExcepted() throws IOException {
    Files.writeString(
        file, SCENARIO.replace("verify: {except: [\"vms.hello.disks[1]\"]}", "verify: required"));
    assertThatThrownBy(
            () -> manager().perform(new TrustAction.Sign(file, "sign", OptionalLong.empty())))
        .hasMessageContaining(
            "vms.hello.disks[1]: it cannot be verified, since it is written by its guest");
    Files.writeString(file, SCENARIO.replace("disks[1]\"", "disks[1]\", \"vms.hello.disks[4]\""));
    assertThatThrownBy(
            () -> manager().perform(new TrustAction.Sign(file, "sign", OptionalLong.empty())))
        .hasMessageContaining("'vms.hello.disks[4]' is to be excepted, and is no part of it");
  }

  /** Whoever can write a list would otherwise bring in a disk that nobody has signed. */
  @Test
  void theImageThatAVmStartsFromHasToBeExcepted() throws Exception {
    String image = SCENARIO.replace("48M", "512M") + "  disk: {image: debian, memory: 256M}\n";
    String why = "it cannot be verified, since it is a disk of its own, which its guest writes";
    Files.writeString(file, image);
    assertThatThrownBy(
            () -> manager().perform(new TrustAction.Sign(file, "sign", OptionalLong.empty())))
        .hasMessageContaining("vms.disk.image: " + why);
    byte[] digest = MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(file));
    String ours = HexFormat.of().formatHex(digest) + "  chained.yaml\n";
    Files.writeString(
        list(), Files.readString(list()).replaceFirst("[0-9a-f]{128}  chained.yaml\n", ours));
    assertThat(Files.readString(list())).contains(ours);
    assertThat(signList("sign")).isNotEmpty();
    refused("vms.disk.image", why);
    Files.writeString(file, image.replace("disks[1]\"", "disks[1]\", \"vms.disk.image\""));
    sign("sign", OptionalLong.empty());
  }

  @Test
  void whatAtollFetchesIsRefusedWithoutAList() {
    Guest.Images none =
        new Guest.Images(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "");
    Guest linux = new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, none);
    Scenario scenario = Scenario.of(VmDescription.builder("vm", linux).build());
    SystemVerifier verifier =
        new SystemVerifier(
            new Keyring(folder).signers(),
            folder,
            Effects.host().tasks(),
            mirror -> {
              throw new AssertionError("it is fetched");
            },
            "1");
    assertThatThrownBy(() -> verifier.verify(scenario, Optional.empty()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("linux/kernel: what Atoll fetches is signed as part of a system");
  }

  @Test
  void aPipeIsNotWaitedFor() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> manager().perform(verified(pipe, List.of())))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("pipe cannot be copied to be verified: it is no file");
    requireNothingLeft();
  }

  /** A system of the user's own files, each of which has to be signed. */
  private static SystemAction.CreateSystem verified(Path firmware, List<Path> keys) {
    Guest guest = new Guest.Uefi(MirrorChoice.USUAL, Optional.of(firmware), Optional.empty(), keys);
    Scenario scenario = Scenario.of(VmDescription.builder("vm", guest).build());
    return new SystemAction.CreateSystem(
        scenario.verified(Optional.empty()), Guest.Linux.NO_TERMINAL, Map.of());
  }

  @Test
  void aSystemWhoseVersionCannotBeNotedIsGivenBack() throws IOException {
    Path lock = folder.resolve("home/XDG_CONFIG_HOME/atoll/lock");
    Files.deleteIfExists(lock);
    Files.createDirectory(lock);
    Manager manager = manager();
    Scenario scenario = manager.perform(new PlanAction.Plan(file)).scenario();
    SystemAction.CreateSystem create =
        new SystemAction.CreateSystem(
            scenario.verified(Optional.empty()), Guest.Linux.NO_TERMINAL, Map.of());
    assertThatThrownBy(() -> manager.perform(create))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("versions cannot be written");
    requireNothingLeft();
    Files.delete(lock);
    manager.perform(create); // there is none in its way
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  @Test
  void keysThatMayLogInAreSignedToo() throws IOException {
    Path code = folder.resolve("hello.elf");
    Path keys = Files.writeString(folder.resolve("keys.pub"), "ssh-ed25519 AAAA me\n");
    assertThat(manager().perform(new TrustAction.Sign(code, "sign", OptionalLong.empty())).pieces())
        .isEqualTo(1);
    assertThatThrownBy(() -> manager().perform(verified(code, List.of(keys))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("vms.vm.ssh-key[0]: ")
        .hasMessageContaining("keys.pub is not signed");
  }

  @Test
  void whatWasSavedIsNotStarted() throws Exception {
    try (TestSystem system = start()) {
      system.console("hello").await("> ", LIMIT);
      assertThat(system.perform(new SnapshotAction.SaveSnapshot("there")).name())
          .isEqualTo("there");
    }
    assertThatThrownBy(() -> TestSystem.restore("there", environment(), Optional.empty()).close())
        .hasMessageContaining("has to be verified");
  }

  @Test
  void sha512sumVerifiesTheList() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/sha512sum")), "sha512sum is not installed");
    Process process =
        new ProcessBuilder("sha512sum", "--strict", "-c", list().toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(said.lines()).hasSize(4).allMatch(line -> line.endsWith(": OK"));
  }

  @Test
  void aSystemThatWasNotVerifiedHasNoMeasurements() throws IOException {
    Files.writeString(file, SCENARIO.replaceFirst("verify.*\n", ""));
    try (TestSystem system = start()) {
      assertThatThrownBy(() -> system.perform(new TrustAction.ReadMeasurements()))
          .hasMessageContaining("was not verified when it was started");
      assertThat(system.perform(new SystemAction.TellTime())).isNotNull();
    }
  }
}
