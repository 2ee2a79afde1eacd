using System.CommandLine;
using System.Runtime.InteropServices;
using MLNet.RandomPruning.CudaCheck;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;

const int Success = 0, Failed = 1, BadUsage = 2;

var device = new Option<string>("--device")
{
    Description = "Where the TorchSharp engine computes: cuda, cuda:N or cpu.", HelpName = "DEVICE", DefaultValueFactory = _ => "cuda",
};
device.Validators.Add(result =>
{
    if (result.Tokens.Count == 1 && (result.Tokens[0].Value == "auto" || !TorchRuntime.IsDeviceName(result.Tokens[0].Value)))
    {
        result.AddError($"--device is '{result.Tokens[0].Value}', but must be cuda, cuda:N (N from 0) or cpu.");
    }
});
var quick = new Option<bool>("--quick") { Description = "Small networks and few steps, to see that everything runs; takes seconds on a CPU." };
var threads = new Option<int>("--threads")
{
    Description = "How many threads either engine may use on the CPU.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
};
threads.Validators.Add(result =>
{
    if (result.Tokens.Count == 1 && !(int.TryParse(result.Tokens[0].Value, out int count) && count is >= 1 and <= 1024))
    {
        result.AddError($"--threads is '{result.Tokens[0].Value}', but must be a whole number from 1 to 1024.");
    }
});

var root = new RootCommand(
    "Checks the TorchSharp engine on a device against the sparse engine on the CPU, trains with it and measures its speed. "
    + "Prints tables, and as the last line of the standard output a JSON object. Exit codes: 0 all bounds hold, 1 one does not or something failed, 2 bad usage or no such device.")
{
    device, quick, threads,
};
int exitCode = Success;
root.SetAction(parsed =>
{
    exitCode = Run(parsed.GetValue(device)!, parsed.GetValue(threads), parsed.GetValue(quick) ? CheckSizes.Quick : CheckSizes.Full);
});

var commandLine = root.Parse(args);
if (commandLine.Errors.Count > 0)
{
    foreach (string message in commandLine.Errors.Select(error => error.Message).Distinct())
    {
        Console.Error.WriteLine($"CudaCheck: {message}");
    }

    Console.Error.WriteLine("See --help.");
    return BadUsage;
}

commandLine.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
return exitCode;

static int Run(string device, int threads, CheckSizes sizes)
{
    MachineDescription machine;
    try
    {
        machine = MachineDescription.OfThisOne(device, threads);
    }
    catch (NotSupportedException missing)
    {
        Console.Error.WriteLine($"CudaCheck: {missing.Message}");
        return BadUsage;
    }

    try
    {
        machine.Print();
        var subject = new Subject(device, threads, sizes);
        var parity = ParityCheck.Run(subject);
        var training = TrainingCheck.Run(subject);
        var speed = SpeedCheck.Run(subject);
        var report = new CheckReport(machine, sizes, parity, training, speed);
        report.Print();
        return report.Passed ? Success : Failed;
    }
    // What libtorch says, memory that runs out on the device among it, and training that ends in numbers that are none.
    catch (Exception error) when (error is ExternalException or TrainingDivergedException)
    {
        Console.Error.WriteLine($"CudaCheck: {error.Message}");
        return Failed;
    }
}
