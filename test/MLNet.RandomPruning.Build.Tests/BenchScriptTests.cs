namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/bench.sh among programs that say what a test wants them to say.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class BenchScriptTests
{
    [TestMethod]
    public void UnknownOptionsEndWithCode2()
    {
        using Workspace workspace = Create(hasTorch: true);
        foreach (string[] arguments in new string[][] { ["--fast"], ["--peers", "keras"], ["--json"], ["--networks"], ["--shapes", "16-16@32"], ["kernels", "--peers", "none"], ["kernels", "--widths"] })
        {
            Outcome outcome = workspace.Bash("build/bench.sh", arguments);
            Assert.AreEqual(2, outcome.Code, outcome.All);
            Assert.Contains(arguments.First(argument => argument.StartsWith("--")), outcome.Errors);
        }

        Outcome help = workspace.Bash("build/bench.sh", "--help");
        Assert.AreEqual(0, help.Code);
        Assert.Contains("Usage: bash build/bench.sh", help.Output);
    }

    [TestMethod]
    public void FetchesThePeersAndCompares()
    {
        using Workspace workspace = Create(hasTorch: true);
        Outcome outcome = workspace.Bash("build/bench.sh", "--python", workspace["fakes/python"], "--threads", "2");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        string fetch = calls.Single(call => call.StartsWith("npm install"));
        Assert.Contains("--ignore-scripts", fetch);
        Assert.EndsWith(" onnxruntime-node@1.30.0", fetch);
        Assert.DoesNotContain("apt-get", string.Join('\n', calls));
        Assert.StartsWith("dotnet build test/MLNet.RandomPruning.Benchmarks -c Release", calls[^2]);
        Assert.EndsWith(
            $" compare --peers all --json build/obj/bench/result.json --python {workspace["fakes/python"]} --threads 2 --node-folder build/obj/bench", calls[^1]);
    }

    [TestMethod]
    public void QuickMeasuresLittleButWhatIsAskedFor()
    {
        using Workspace workspace = Create(hasTorch: false);
        Outcome outcome = workspace.Bash("build/bench.sh", "--quick", "--threads", "1", "--peers", "none", "--json", "a.json");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        Assert.DoesNotContain("npm install", string.Join('\n', calls));
        Assert.EndsWith(
            " compare --peers none --json a.json --threads 1 --networks ResNet-20-16 --sparsities 0,0.9 --repetitions 9 --node-folder build/obj/bench", calls[^1]);
    }

    [TestMethod]
    public void KernelsAreMeasuredWithoutPeers()
    {
        using Workspace workspace = Create(hasTorch: false);
        Outcome outcome = workspace.Bash("build/bench.sh", "kernels");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        Assert.DoesNotContain("npm install", string.Join('\n', calls));
        Assert.EndsWith(" kernels --json build/obj/bench/kernels.json --artifacts build/obj/bench", calls[^1]);

        outcome = workspace.Bash("build/bench.sh", "kernels", "--quick", "--densities", "0.1,0.05", "--widths", "Scalar", "--json", "a.json");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.EndsWith(
            " kernels --json a.json --artifacts build/obj/bench --quick --densities 0.1,0.05 --widths Scalar", File.ReadAllLines(workspace["calls"])[^1]);
    }

    [TestMethod]
    [DataRow(0, "could not install python3-torch")]
    [DataRow(1000, "sudo apt-get install python3-torch")]
    public void SaysWhatIsMissing(int user, string expected)
    {
        using Workspace workspace = Create(hasTorch: false);
        workspace.Fake("id", $"echo {user}");
        workspace.Fake("sudo", "exit 1");
        workspace.Fake("apt-get", "exit 1");
        Outcome outcome = workspace.Bash("build/bench.sh", "--python", workspace["fakes/python"]);
        Assert.AreEqual(1, outcome.Code, outcome.All);
        Assert.Contains(expected, outcome.Errors);
        Assert.Contains("--peers none", outcome.Errors);
        Assert.IsFalse(File.Exists(workspace["calls"]));
    }

    [TestMethod]
    public void ABuildThatFailsIsAFailure()
    {
        using Workspace workspace = Create(hasTorch: true);
        workspace.Fake("dotnet", """[[ "$1" == --version ]] || { echo 'error CS1002: ; expected'; exit 1; }""");
        Outcome outcome = workspace.Bash("build/bench.sh", "--peers", "none");
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("nothing was measured", outcome.Errors);
    }

    private static Workspace Create(bool hasTorch)
    {
        Workspace workspace = Workspace.WithBuildFiles();
        workspace.Write("build/Packages.props", "<Project><PropertyGroup>\n<MLNetSource>packages</MLNetSource>\n<TorchSharpSource>packages</TorchSharpSource>\n</PropertyGroup></Project>");
        workspace.Fake("python", $"exit {(hasTorch ? 0 : 1)}");
        workspace.Fake("node", "exit 0");
        workspace.Fake("uname", "echo Linux");
        foreach (string program in new[] { "npm", "dotnet" })
        {
            workspace.Fake(program, $"""echo "{program} $*" >>"{workspace["calls"]}" """);
        }

        return workspace;
    }
}
