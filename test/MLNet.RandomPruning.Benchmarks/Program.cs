using System.CommandLine;
using System.CommandLine.Invocation;
using MLNet.RandomPruning.Benchmarks;
using MLNet.RandomPruning.Benchmarks.Kernels;
using MLNet.RandomPruning.Tool;

var output = ToolOutput.Standard();
var root = new RootCommand("Measures this library's speed and memory next to those of PyTorch and ONNX Runtime, and its kernels next to what the machine can do.")
{
    new CompareCommand(output),
    new KernelsCommand(output),
};
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
{
    foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
    {
        output.WriteError(message);
    }

    output.Error.WriteLine("See --help.");
    return RandPrune.BadUsage;
}

try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (OperationCanceledException)
{
    output.WriteError("stopped by a signal; nothing was written.");
    return RandPrune.Failed;
}
catch (Exception error)
{
    output.WriteError(ErrorText.Of(error));
    return RandPrune.Failed;
}
