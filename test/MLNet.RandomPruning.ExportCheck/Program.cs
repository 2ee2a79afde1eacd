using System.CommandLine;
using MLNet.RandomPruning.ExportCheck;

const int Success = 0, Failed = 1, BadUsage = 2;

var folder = new Argument<string>("folder") { Description = "Where the files lie that this program and the peers exchange." };
var models = new Argument<string[]>("model") { Description = "Model files; their images are those of --data.", Arity = ArgumentArity.ZeroOrMore };
var data = new Option<string?>("--data") { Description = "CIFAR-10's folder, or one file of its binary form; without it images are generated.", HelpName = "PATH" };
var images = new Option<int?>("--images") { Description = "How many images to score, from the first on; all of CIFAR-10's test images, or 500 generated ones, when not given.", HelpName = "N" };
var forms = new Option<string[]>("--forms")
{
    Description = $"Which forms to write: {string.Join(", ", ExportForm.All.Select(form => form.Name))}; all when not given.", HelpName = "FORM,...", AllowMultipleArgumentsPerToken = false,
    CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
};
var threads = new Option<int>("--threads") { Description = "How many threads score.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };

int exitCode = Success;
var export = new Command("export", "Writes every model in every form, this library's logits, and a manifest of what is there for the peers.") { folder, models, data, images, forms, threads };
export.SetAction(parsed => ExportStep.Run(
    parsed.GetValue(folder)!, parsed.GetValue(models) ?? [], parsed.GetValue(data), parsed.GetValue(images), parsed.GetValue(forms) ?? [], parsed.GetValue(threads)));
var compare = new Command("compare", "Compares what the peers found with this library's logits, and prints tables. Exit code 1 when something differs.") { folder, threads };
compare.SetAction(parsed => exitCode = CompareStep.Run(parsed.GetValue(folder)!, parsed.GetValue(threads)) ? Success : Failed);

var commandLine = new RootCommand("Holds exported models to what ONNX Runtime, onnx.checker and PyTorch make of them; see build/check-exports.sh.") { export, compare }.Parse(args);
if (commandLine.Errors.Count > 0)
{
    foreach (string message in commandLine.Errors.Select(error => error.Message).Distinct())
    {
        Console.Error.WriteLine($"ExportCheck: {message}");
    }

    Console.Error.WriteLine("See --help.");
    return BadUsage;
}

try
{
    commandLine.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return exitCode;
}
catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException or NotSupportedException)
{
    Console.Error.WriteLine($"ExportCheck: {error.Message}");
    return error is ArgumentException ? BadUsage : Failed;
}
