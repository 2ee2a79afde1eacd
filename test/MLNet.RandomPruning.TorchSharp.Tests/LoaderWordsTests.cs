namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>What is made of the runtime's message when a native library cannot be loaded; needs no libtorch.</summary>
[TestClass]
public class LoaderWordsTests
{
    private const string First = "Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: ";
    private const string Absent = "/app/LibTorchSharp.so: cannot open shared object file: No such file or directory";

    [TestMethod]
    [DataRow("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/runtimes/linux-x64/native/libLibTorchSharp.so)")]
    [DataRow("libtorch.so: cannot open shared object file: No such file or directory")]
    [DataRow("/app/libLibTorchSharp.so: file too short")]
    public void TheFileThatIsThereIsTheOneToTellOf(string line)
    {
        Assert.AreEqual(line, LoaderWords.CauseIn($"{First}\n{line}\n{Absent}\n"));
        Assert.AreEqual(line, LoaderWords.CauseIn($"{First}\n{Absent}\n/app/libLibTorchSharp: cannot open shared object file: No such file or directory\n{line}\n"));
    }

    [TestMethod]
    [DataRow(First)]
    [DataRow(First + "\n" + Absent + "\n")]
    [DataRow("Unable to load DLL 'LibTorchSharp' or one of its dependencies: The specified module could not be found. (0x8007007E)")]
    public void WhereThereIsNoFileThereIsNothingToTell(string message) => Assert.IsNull(LoaderWords.CauseIn(message));

    [TestMethod]
    public void OfAnExceptionTheInnermostOnesFirstLineIsTold()
    {
        var failure = new TypeInitializationException("torch", new NotSupportedException("No library.\nA trace of where it was looked for."));
        Assert.AreEqual("No library.", LoaderWords.FirstLine(failure));
    }
}
