namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/fuzz.sh among programs that say what a test wants them to say.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class FuzzScriptTests
{
    [TestMethod]
    public void UnknownOptionsEndWithCode2()
    {
        using Workspace workspace = Create();
        foreach (string[] arguments in new string[][] { ["--fast"], ["--seed"], ["-5"], ["many"] })
        {
            Outcome outcome = workspace.Bash("build/fuzz.sh", arguments);
            Assert.AreEqual(2, outcome.Code, outcome.All);
            Assert.Contains(arguments[0], outcome.Errors);
        }

        Outcome help = workspace.Bash("build/fuzz.sh", "--help");
        Assert.AreEqual(0, help.Code);
        Assert.Contains("Usage: bash build/fuzz.sh", help.Output);
        Assert.IsFalse(File.Exists(workspace["calls"]));
    }

    [TestMethod]
    public void BuildsAndRuns()
    {
        using Workspace workspace = Create();
        Outcome outcome = workspace.Bash("build/fuzz.sh", "500", "--seed", "7", "--threads", "1");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        Assert.StartsWith("dotnet build test/MLNet.RandomPruning.Fuzz -c Release", calls[^2]);
        Assert.EndsWith("MLNet.RandomPruning.Fuzz.dll --keep build/obj/fuzz --cases 500 --seed 7 --threads 1", calls[^1]);
    }

    [TestMethod]
    [DataRow(1, 1, "")]
    [DataRow(134, 1, "ended with code 134 while it ran the cases 0000000042 ")]
    public void AFailureIsAFailure(int code, int expected, string message)
    {
        using Workspace workspace = Create();
        workspace.Fake("dotnet", $"""[[ "$1" != *.dll ]] || {"{"} echo 0000000042 >build/obj/fuzz/under-way-0; exit {code}; {"}"}""");
        Outcome outcome = workspace.Bash("build/fuzz.sh");
        Assert.AreEqual(expected, outcome.Code, outcome.All);
        Assert.Contains(message, outcome.Errors);
    }

    [TestMethod]
    public void ABuildThatFailsIsAFailure()
    {
        using Workspace workspace = Create();
        workspace.Fake("dotnet", """[[ "$1" == --version ]] || { echo 'error CS1002: ; expected'; exit 1; }""");
        Outcome outcome = workspace.Bash("build/fuzz.sh");
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("nothing was read", outcome.Errors);
    }

    private static Workspace Create()
    {
        Workspace workspace = Workspace.WithBuildFiles();
        workspace.Write("build/Packages.props", "<Project><PropertyGroup>\n<MLNetSource>packages</MLNetSource>\n<TorchSharpSource>packages</TorchSharpSource>\n</PropertyGroup></Project>");
        workspace.Fake("uname", "echo Linux");
        workspace.Fake("dotnet", $"""echo "dotnet $*" >>"{workspace["calls"]}" """);
        return workspace;
    }
}
