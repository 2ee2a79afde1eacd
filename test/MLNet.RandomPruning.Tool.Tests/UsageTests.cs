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
    [DataRow("--augmentation", "cutout", "auto, reflect, zero, none")]
    [DataRow("--validation", "1", "from 0 to below 1")]
    [DataRow("--early-stopping", "0", "1 or more")]
    [DataRow("--subset", "0", "1 or more")]
    [DataRow("--threads", "0", "from 1 to 1024")]
    [DataRow("--seed", "x", "a whole number")]
    [DataRow("--network", "ResNet-9-4", "ResNet-A-B")]
    [DataRow("--ratio", "Magnitude", "ERK, ERK+, ER, Uniform, Uniform+, Dense")]
    [DataRow("--sampling", "gumbel", "exact, bernoulli")]
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
    [DataRow("'fly' is no command; the commands are inspect, train, evaluate, score", "fly")]
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
    public void RefusesACommandLine(string expected, string commandLine)
    {
        string error = Cli.RunFailing(2, commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        StringAssert.Contains(error, expected);
    }

    [TestMethod]
    [DataRow("", "inspect train evaluate score --version randprune")]
    [DataRow("inspect", "--network --ratio --sparsity --seed --input-size --classes --json ResNet-20-16")]
    [DataRow("train", "--data --epochs --batch --lr --schedule --sparsity --ratio --network --seed --threads --subset --out --checkpoint --resume --validation --json Ctrl+C 0.0005")]
    [DataRow("evaluate", "--model --data --split --json")]
    [DataRow("score", "--model --skip-bad --json FILES")]
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
