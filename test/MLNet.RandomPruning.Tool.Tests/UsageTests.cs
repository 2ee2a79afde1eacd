namespace MLNet.RandomPruning.Tool.Tests;

[TestClass]
public class UsageTests
{
    [TestMethod]
    [DataRow("--sparsity", "1.0", "from 0 to below 1")]
    [DataRow("--sparsity", "-0.1", "from 0 to below 1")]
    [DataRow("--sparsity", "NaN", "from 0 to below 1")]
    [DataRow("--epochs", "0", "from 1 to 1000000")]
    [DataRow("--epochs", "2.5", "a whole number")]
    [DataRow("--batch", "65537", "from 1 to 65536")]
    [DataRow("--lr", "0", "above 0")]
    [DataRow("--lr", "Infinity", "at most 1000")]
    [DataRow("--schedule", "sawtooth", "multi-step, cosine, one-cycle, constant")]
    [DataRow("--schedule", "multi-step:3,2", "ascend")]
    [DataRow("--momentum", "1", "below 1")]
    [DataRow("--weight-decay", "-1", "from 0 to 1")]
    [DataRow("--label-smoothing", "1", "below 1")]
    [DataRow("--initializer", "ones", "kaiming-normal, kaiming-normal-by-density, kaiming-uniform, xavier-normal, orthogonal, binary")]
    [DataRow("--gradient-norms", "hourly", "epochs, steps, layers, all")]
    [DataRow("--augmentation", "cutout", "auto, reflect, zero, none")]
    [DataRow("--validation", "1", "from 0 to below 1")]
    [DataRow("--early-stopping", "0", "1 or more")]
    [DataRow("--subset", "0", "1 or more")]
    [DataRow("--threads", "0", "from 1 to 1024")]
    [DataRow("--seed", "x", "a whole number")]
    [DataRow("--network", "ResNet-9-4", "ResNet-A-B")]
    [DataRow("--ratio", "Magnitude", "ERK, ERK+, ER, Uniform, Uniform+, Dense")]
    [DataRow("--sampling", "gumbel", "exact, bernoulli")]
    [DataRow("--granularity", "Rows", "Unstructured, Filter, Channel, Kernel")]
    [DataRow("--granularity", "4:4", "below M")]
    [DataRow("--granularity", "0x4", "from 1 to")]
    [DataRow("--mask-schedule", "Sometimes", "Gradual(start=0,end=80,interval=100)")]
    [DataRow("--mask-schedule", "RigL(often=1)", "drop, interval, stop")]
    [DataRow("--mask-schedule", "SET(drop=1)", "below 1")]
    [DataRow("--mask", "", "a path")]
    [DataRow("--from", " ", "a path")]
    [DataRow("--out", " ", "a path")]
    public void SaysWhatAnOptionMayBe(string option, string value, string allowed)
    {
        string error = Cli.RunFailing(2, "train", "--data", "generated", option, value);
        StringAssert.Contains(error, option);
        StringAssert.Contains(error, value);
        StringAssert.Contains(error, allowed);
    }

    [TestMethod]
    [DataRow("no command is given", "")]
    [DataRow("'fly' is no command; the commands are inspect, mask, train, prune, evaluate, score, export, import, bench", "fly")]
    [DataRow("--data", "train")]
    [DataRow("--model", "evaluate --data generated")]
    [DataRow("--epochs", "train --data generated --epochs")]
    [DataRow("--wings", "train --data generated --wings 2")]
    [DataRow("--checkpoint", "train --data generated --resume")]
    [DataRow("--validation is 0", "train --data generated --validation 0 --early-stopping 3")]
    [DataRow("number of epochs, 2", "train --data generated --epochs 2 --warmup 3")]
    [DataRow("name two files", "train --data generated --out a --checkpoint ./a")]
    [DataRow("1000000, the number of training images", "train --data generated --subset 1000001")]
    [DataRow("leaves 2 to train on and 0", "train --data generated --subset 2")]
    [DataRow("at least 1×4×4", "inspect --input-size 3")]
    [DataRow("1x28x28", "inspect --input-size 3y")]
    [DataRow("from 2 to", "inspect --classes 1")]
    [DataRow("--ratio SNIP is measured on training images; name them with --data", "inspect --ratio snip")]
    [DataRow("--classes and --data are both given", "inspect --ratio snip --data generated --classes 10")]
    [DataRow("--ratio SNIP is measured on training images; name them with --data", "mask --ratio snip")]
    [DataRow("--mask and --model are both given", "mask --mask a --model b")]
    [DataRow("--ratio says how masks are made, but --mask names masks", "mask --mask a --ratio ERK")]
    [DataRow("--seed says how masks are made, but --model names masks", "mask --model a --seed 3")]
    [DataRow("bounds how many neighbouring weights", "mask --granularity 2:4 --sparsity 0.5 --sampling bernoulli")]
    [DataRow("bounds how many neighbouring weights", "train --data generated --subset 20 --no-test --granularity 2:4 --sparsity 0.5 --sampling bernoulli")]
    [DataRow("--sparsity and --mask are both given", "train --data generated --mask a --sparsity 0.5")]
    [DataRow("--granularity and --mask are both given", "train --data generated --mask a --granularity Filter")]
    [DataRow("--network and --from are both given", "train --data generated --from a --network ResNet-8-4")]
    [DataRow("--mask and --from are both given", "train --data generated --from a --mask b")]
    [DataRow("--initializer and --from are both given", "train --data generated --from a --initializer binary")]
    [DataRow("ends after 3 epochs, but training has 2", "train --data generated --subset 20 --no-test --network ResNet-8-2 --sparsity 0.5 --epochs 2 --mask-schedule Gradual(end=3)")]
    [DataRow("moves weights for 3 epochs, but training has 2", "train --data generated --subset 20 --no-test --network ResNet-8-2 --sparsity 0.5 --epochs 2 --mask-schedule SET(stop=3)")]
    [DataRow("cannot move what masks of granularity Filter prune", "train --data generated --subset 20 --no-test --network ResNet-8-2 --sparsity 0.5 --granularity Filter --epochs 2 --mask-schedule RigL")]
    [DataRow("--model", "prune --sparsity 0.5")]
    [DataRow("--sparsity is missing", "prune --model a")]
    [DataRow("--out and --model are both", "prune --model a --sparsity 0.5 --out ./a")]
    [DataRow("--lr is about training the pruned model, and --epochs", "prune --model a --sparsity 0.5 --data generated --lr 0.1")]
    [DataRow("--epochs takes images; name them with --data", "prune --model a --sparsity 0.5 --epochs 1")]
    [DataRow("--ratio SNIP takes images; name them with --data", "prune --model a --sparsity 0.5 --ratio snip")]
    [DataRow("--no-test takes images", "prune --model a --sparsity 0.5 --no-test")]
    [DataRow("--subset is about training images, of which none are used", "prune --model a --sparsity 0.5 --data generated --subset 5")]
    [DataRow("--bins", "evaluate --model a --data generated --bins 0")]
    [DataRow("from 2 to 1000000", "evaluate --model a --data generated --bootstrap 1")]
    [DataRow("Attacks are fgsm", "evaluate --model a --data generated --attack warp:3")]
    [DataRow("goes from 0 to 1", "evaluate --model a --data generated --attack fgsm:9/8")]
    [DataRow("--report and --model are both", "evaluate --model a --data generated --report ./a")]
    [DataRow("--attack-images is given, but does nothing without --attack", "evaluate --model a --data generated --attack-images 3")]
    [DataRow("--resize is given, but does nothing without --ood", "evaluate --model a --data generated --resize")]
    [DataRow("--device is given, but does nothing without --engine torchsharp", "evaluate --model a --data generated --device cpu")]
    [DataRow("--format", "export --model a --out b")]
    [DataRow("one of onnx, safetensors, model", "export --model a --format pickle --out b")]
    [DataRow("--out and --model are both", "export --model a --format model --out ./a")]
    [DataRow("--precision fp16 is for --format model; other formats take fp32 or int8", "export --model a --format onnx --precision fp16 --out b")]
    [DataRow("--precision int8 is not for --format safetensors", "export --model a --format safetensors --precision int8 --out b")]
    [DataRow("--sparse is for --format onnx", "export --model a --format model --sparse --out b")]
    [DataRow("--data is about what rounding does to the accuracy, and fp32 rounds nothing", "export --model a --format onnx --data generated --out b")]
    [DataRow("--pixel-range is for --pixels float", "export --model a --format onnx --pixel-range 0:1 --out b")]
    [DataRow("two numbers, the smaller one first", "export --model a --format onnx --pixels float --pixel-range 1:0 --out b")]
    [DataRow("--weights", "import --out b")]
    [DataRow("--out and --weights are both", "import --weights a --out ./a")]
    [DataRow("--normalization and --std both say", "import --weights a --out b --normalization cifar-10 --std 1,1,1")]
    [DataRow("one of cifar-10, cifar-100", "import --weights a --out b --normalization imagenet")]
    [DataRow("--mean and --std go together", "import --weights a --out b --mean 0.5,0.5,0.5")]
    [DataRow("a number for each channel", "import --weights a --out b --mean 0.5,x,0.5 --std 1,1,1")]
    [DataRow("--wings", "prune --model a --sparsity 0.5 --wings 2")]
    public void RefusesACommandLine(string expected, string commandLine)
    {
        string error = Cli.RunFailing(2, commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        StringAssert.Contains(error, expected);
    }

    [TestMethod]
    [DataRow("", "inspect mask train prune evaluate score export import bench --version randprune")]
    [DataRow("inspect", "--network --ratio --sparsity --granularity --seed --input-size --classes --json ResNet-20-16 2:4")]
    [DataRow("mask", "--network --ratio --sparsity --granularity --sampling --seed --data --mask --model --compare --out --json Overlap")]
    [DataRow("prune", "--model --ratio --sparsity --granularity --seed --data --epochs --lr --schedule --out --json cosine 0.01")]
    [DataRow("train", "--mask --mask-schedule --from --granularity Gradual(start=0,end=80,interval=100) SET RigL --data --epochs --batch --lr --schedule --sparsity --ratio --network --seed --threads --subset --out --checkpoint --resume --validation --json Ctrl+C 0.0005")]
    [DataRow("evaluate", "--model --data --split --ood --resize --attack --corruptions --attack-images --bins --bootstrap --seed --threads --engine --device --report --json pgd:8/255:10")]
    [DataRow("score", "--model --skip-bad --json FILES")]
    [DataRow("export", "--model --format --precision --data --pixels --pixel-range --interleaved --keep-batch-norm --sparse --out --json onnx safetensors fp16 int8 load_state_dict")]
    [DataRow("import", "--weights --network --input-size --labels --normalization --mean --std --out --json cifar-10 cifar-100")]
    [DataRow("bench", "--network --ratio --sparsities --threads --batch --repetitions --only --json Ctrl+C 0.98")]
    public void HelpsWithExamples(string command, string expected)
    {
        var result = Cli.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.AreEqual(0, result.Code);
        Assert.AreEqual("", result.Error);
        StringAssert.Contains(result.Out, $"\n  randprune {command}".TrimEnd());
        foreach (string word in expected.Split(' '))
        {
            StringAssert.Contains(result.Out, word);
        }
    }
}
