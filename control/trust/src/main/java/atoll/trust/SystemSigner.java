package atoll.trust;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.keys.Keyring;
import atoll.keys.SignerList;
import atoll.scenario.Scenario;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** Signs systems and files. */
public final class SystemSigner {
  private final Keyring keyring;
  private final Path cache;
  private final Tasks tasks;
  private final Function<MirrorChoice, LinuxImages> linux;

  /**
   * @param cache where copies are kept meanwhile
   * @param linux gives the stock kernel and initial RAM disk
   */
  public SystemSigner(
      Keyring keyring, Path cache, Tasks tasks, Function<MirrorChoice, LinuxImages> linux) {
    this.keyring = keyring;
    this.cache = cache;
    this.tasks = tasks;
    this.linux = linux;
  }

  /**
   * What was signed.
   *
   * @param signature the new file
   * @param version of a system; 0 for a file
   * @param pieces how many files the signature vouches for
   * @param open keys of parts that it does not
   */
  public record Signature(Path signature, long version, int pieces, List<String> open) {}

  /**
   * Signs a file.
   *
   * @param key the name of one of the user's own
   */
  public Signature sign(Path file, String key) {
    String comment = "file:" + file.getFileName();
    Path signature = SignerList.signatureOf(file);
    write(signature, keyring.sign(key, file, comment));
    return new Signature(signature, 0, 1, List.of());
  }

  /**
   * Signs a system, with all files that it is made from.
   *
   * @param scenario read from a file
   * @param wanted the version; by default one more than the list that is there has
   * @throws RefusedException if a part cannot be signed, and the scenario does not except it
   */
  public Signature sign(Scenario scenario, String key, OptionalLong wanted) {
    Path file = scenario.file().orElseThrow().toAbsolutePath().normalize();
    List<Piece> pieces = Pieces.of(scenario);
    SystemVerifier.requireVerifiable(scenario, pieces);
    Map<String, Path> stock = StockFiles.of(scenario, linux);
    Set<Path> files = SystemVerifier.files(scenario, pieces);
    files.addAll(stock.values());
    Path list = SignedList.of(file);
    try (HeldFiles held = HeldFiles.of(cache, new LinkedHashSet<>(files), tasks)) {
      SystemVerifier.requireWholeDisks(scenario, pieces, held);
      long version = wanted.orElseGet(() -> next(list));
      SignedList signed = list(scenario, file, version, pieces, stock, held);
      String text = signed.text();
      String comment = "system:%s version:%d".formatted(scenario.name(), version);
      String signature = keyring.sign(key, text.getBytes(StandardCharsets.UTF_8), comment);
      write(list, text);
      write(SignerList.signatureOf(list), signature);
      return new Signature(
          SignerList.signatureOf(list),
          version,
          signed.files().size() + signed.stock().size(),
          scenario.verify().except());
    }
  }

  private static SignedList list(
      Scenario scenario,
      Path file,
      long version,
      List<Piece> pieces,
      Map<String, Path> stock,
      HeldFiles held) {
    Map<String, String> digests = new LinkedHashMap<>();
    digests.put(SignedList.name(file.getParent(), file), scenario.verify().text());
    for (Path piece : SystemVerifier.files(scenario, pieces)) {
      digests.put(SignedList.name(file.getParent(), piece), held.digest(piece));
    }
    Map<String, String> brought = new LinkedHashMap<>();
    stock.forEach((name, path) -> brought.put(name, held.digest(path)));
    return new SignedList(scenario.name(), version, digests, brought);
  }

  private static long next(Path list) {
    try {
      return Files.exists(list) && Files.size(list) <= SignedList.LONGEST
          ? SignedList.parse(list.toString(), Files.readString(list)).version() + 1
          : 1;
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(list, HostException.reason(e)), e);
    }
  }

  private static void write(Path file, String text) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      Path whole = folder.resolve("." + file.getFileName() + ".new");
      Files.writeString(whole, text);
      Path ignored = Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be written: %s".formatted(file, HostException.reason(e)), e);
    }
  }
}
