namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/standalone.sh and build/soak.sh among programs that say what a test wants them to say.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class ScoringScriptTests
{
    [TestMethod]
    public void UnknownOptionsEndWithCode2()
    {
        using Workspace workspace = Create();
        foreach (string[] arguments in new string[][] { ["--fast"], ["--model"], ["--runs", "0"], ["--runs", "x"] })
        {
            Outcome outcome = workspace.Bash("build/standalone.sh", arguments);
            Assert.AreEqual(2, outcome.Code, outcome.All);
            Assert.Contains(arguments[0], outcome.Errors);
        }

        Assert.AreEqual(2, workspace.Bash("build/soak.sh", "long").Code);
        Assert.AreEqual(2, workspace.Bash("build/soak.sh", "1", "2", "3").Code);
        foreach (string script in new[] { "standalone", "soak" })
        {
            Outcome help = workspace.Bash($"build/{script}.sh", "--help");
            Assert.AreEqual(0, help.Code);
            Assert.Contains($"Usage: bash build/{script}.sh", help.Output);
        }

        Assert.IsFalse(File.Exists(workspace["calls"]));
    }

    [TestMethod]
    public void AModelThatIsNotThereIsAFailure()
    {
        using Workspace workspace = Create();
        Outcome outcome = workspace.Bash("build/standalone.sh", "--model", "none.safetensors");
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("none.safetensors", outcome.Errors);
    }

    [TestMethod]
    public void PublishesAndMeasures()
    {
        using Workspace workspace = Create();
        workspace.Write("model", "");
        workspace.Write("image", "");
        Outcome outcome = workspace.Bash("build/standalone.sh", "--model", "model", "--image", "image", "--runs", "3", "--aot");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains("dotnet publish examples/StandaloneScoring -c Release -r any-x64 ", File.ReadAllText(workspace["calls"]));
        Assert.Contains("-p:PublishAot=true", File.ReadAllText(workspace["calls"]));
        Assert.Contains("0 other files", outcome.Output);
        Assert.Contains("3 starts", outcome.Output);
        Assert.Contains("first prediction                  one line", outcome.Output);
        Assert.Contains("benchmark of", outcome.Output);
    }

    [TestMethod]
    public void APublishThatFailsIsAFailure()
    {
        using Workspace workspace = Create();
        workspace.Fake("dotnet", """[[ "$1" == --version || "$1" == --info ]] && { echo ' RID: any-x64'; exit 0; }; exit 1""");
        Outcome outcome = workspace.Bash("build/standalone.sh", "--runs", "1");
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("nothing was measured", outcome.Errors);
        Assert.AreEqual(1, workspace.Bash("build/soak.sh", "1", "2").Code);
    }

    [TestMethod]
    public void SoakHandsOnTimeAndThreads()
    {
        using Workspace workspace = Create();
        Assert.AreEqual(0, workspace.Bash("build/soak.sh", "5", "3").Code);
        Assert.EndsWith("MLNet.RandomPruning.Soak.dll soak 5 3", File.ReadAllLines(workspace["calls"])[^1]);
        Assert.AreEqual(0, workspace.Bash("build/soak.sh").Code);
        Assert.EndsWith("MLNet.RandomPruning.Soak.dll soak 60 16", File.ReadAllLines(workspace["calls"])[^1]);
    }

    // A dotnet that "publishes" a program of two lines.
    private static Workspace Create()
    {
        Workspace workspace = Workspace.WithBuildFiles();
        workspace.Fake("uname", "echo Linux");
        workspace.Fake("dotnet", $$"""
            case "$1" in
                --version) exit 0 ;;
                --info) echo ' RID:         any-x64'; exit 0 ;;
            esac
            echo "dotnet $*" >>"{{workspace["calls"]}}"
            if [[ "$1" == publish ]]; then
                mkdir -p build/obj/standalone/app
                printf '#!/bin/sh\nif [ "$1" = --benchmark ]; then echo "benchmark of $2"; else echo "one line"; fi\n' >build/obj/standalone/app/standalone-scoring
                chmod +x build/obj/standalone/app/standalone-scoring
            fi
            """);
        return workspace;
    }
}
