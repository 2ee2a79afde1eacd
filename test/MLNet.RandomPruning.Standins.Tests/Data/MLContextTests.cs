using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class MLContextTests
{
    [TestMethod]
    public void MessagesOfChannelsReachTheLogUnderTheirSource()
    {
        var context = new MLContext(1);
        var messages = new List<LoggingEventArgs>();
        context.Log += (_, message) => messages.Add(message);
        IHost host = ((IHostEnvironment)context).Register("Trainer");
        using (IChannel channel = host.Start("Training"))
        {
            channel.Info(MessageSensitivity.None, "epoch {0} of {1}", 2, 5);
            channel.Warning(MessageSensitivity.None, "slow");
            channel.Error(MessageSensitivity.None, "bad");
            channel.Trace(MessageSensitivity.None, "100 % {done}");
        }

        LoggingEventArgs info = messages.Single(message => message.RawMessage == "epoch 2 of 5");
        Assert.AreEqual(ChannelMessageKind.Info, info.Kind);
        Assert.AreEqual("Trainer; Training", info.Source);
        Assert.AreEqual("[Source=Trainer; Training, Kind=Info] epoch 2 of 5", info.Message);
        Assert.AreEqual(ChannelMessageKind.Warning, messages.Single(message => message.RawMessage == "slow").Kind);
        Assert.AreEqual(ChannelMessageKind.Error, messages.Single(message => message.RawMessage == "bad").Kind);
        Assert.AreEqual(ChannelMessageKind.Trace, messages.Single(message => message.RawMessage == "100 % {done}").Kind);
        Assert.IsTrue(messages.Any(message => message.Kind == ChannelMessageKind.Trace && message.RawMessage.StartsWith("Channel started", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void ASourceIsItsOwnHostAndChannelWhateverHostsAreAbove()
    {
        var context = new MLContext(1);
        var sources = new HashSet<string>();
        context.Log += (_, message) => sources.Add(message.Source);
        IHost inner = ((IHostEnvironment)context).Register("Trainer").Register("Engine", verbose: false);
        inner.Start("Training").Dispose();
        ((IHostEnvironment)context).Start("Alone").Dispose();

        CollectionAssert.AreEquivalent(new[] { "Engine; Training", "Alone" }, sources.ToArray());
    }

    [TestMethod]
    public void AMessageCannotBeEmpty()
    {
        using IChannel channel = ((IHostEnvironment)new MLContext(1)).Start("Work");
        Assert.Throws<ArgumentException>(() => channel.Info(MessageSensitivity.None, ""));
    }

    [TestMethod]
    public void WithoutAListenerNothingIsLost()
    {
        IHostEnvironment context = new MLContext(1);
        using IChannel channel = context.Register("Quiet").Start("Work");
        channel.Info(MessageSensitivity.None, "nobody listens");
        Assert.IsNotNull(channel);
    }

    [TestMethod]
    public void HostsOfASeededContextHaveTheSameRandomNumbers()
    {
        int[] Draw(int? seed)
        {
            IHostEnvironment context = new MLContext(seed);
            IHost first = context.Register("First");
            IHost second = context.Register("Second");
            return new[] { first.Rand.Next(), first.Rand.Next(), second.Rand.Next(), first.Register("Child").Rand.Next() };
        }

        CollectionAssert.AreEqual(Draw(3), Draw(3));
        CollectionAssert.AreNotEqual(Draw(3), Draw(4));
        CollectionAssert.AreNotEqual(Draw(null), Draw(null));
        Assert.AreNotEqual(Draw(3)[0], Draw(3)[2]);
    }

    [TestMethod]
    public void AHostWithASeedOfItsOwnDoesNotDependOnItsParent()
    {
        int first = ((IHostEnvironment)new MLContext(1)).Register("Host", seed: 11).Rand.Next();
        int second = ((IHostEnvironment)new MLContext(2)).Register("Host", seed: 11).Rand.Next();
        Assert.AreEqual(first, second);
    }

    [TestMethod]
    public void ProgressTakesHeadersAndCheckpoints()
    {
        IHostEnvironment context = new MLContext(1);
        using IProgressChannel progress = context.Register("Trainer").StartProgressChannel("Training");
        progress.SetHeader(new ProgressHeader(new[] { "loss" }, new[] { "epochs" }), entry => entry.SetProgress(0, 1, 10));
        progress.Checkpoint(0.5, 1);
        progress.Checkpoint(0.25);
        progress.Checkpoint(0.25, 1, 10);
        using IProgressChannel inner = progress.StartProgressChannel("Inner");
        Assert.IsNotNull(inner);
        Assert.Throws<InvalidOperationException>(() => progress.Checkpoint(1, 2, 3, 4));
        progress.Dispose();
        Assert.Throws<InvalidOperationException>(() => progress.Checkpoint(0.5));
    }

    [TestMethod]
    public void OfProgressTheLogDoesNotHear()
    {
        var context = new MLContext(1);
        int messages = 0;
        context.Log += (_, _) => messages++;
        using (IProgressChannel progress = ((IHostEnvironment)context).StartProgressChannel("Training"))
        {
            progress.SetHeader(new ProgressHeader("epochs"), entry => entry.SetProgress(0, 1, 10));
            progress.Checkpoint(1);
        }

        Assert.AreEqual(0, messages);
    }

    [TestMethod]
    public void AHeaderKeepsTheNamesOfMetricsAndUnits()
    {
        var header = new ProgressHeader(new[] { "loss" }, new[] { "epochs", "images" });
        CollectionAssert.AreEqual(new[] { "loss" }, header.MetricNames.ToArray());
        CollectionAssert.AreEqual(new[] { "epochs", "images" }, header.UnitNames.ToArray());
        Assert.IsEmpty(new ProgressHeader("epochs").MetricNames);
    }

    [TestMethod]
    public void ProcessGivesBackTheException()
    {
        IExceptionContext host = ((IHostEnvironment)new MLContext(1)).Register("Trainer");
        var error = new InvalidOperationException("bad");
        Assert.AreSame(error, host.Process(error));
    }

    [TestMethod]
    public void OptionsAreKeptByName()
    {
        var context = new MLContext(1);
        Assert.IsFalse(context.TryGetOption("Threads", out int _));
        Assert.IsTrue(context.TryAddOption("Threads", 4));
        Assert.IsFalse(context.TryAddOption("Threads", 5));
        Assert.AreEqual(4, context.GetOptionOrDefault<int>("Threads"));
        context.SetOption("Threads", 6);
        Assert.IsTrue(context.TryGetOption("Threads", out int threads));
        Assert.AreEqual(6, threads);
        Assert.IsTrue(context.RemoveOption("Threads"));
        Assert.IsFalse(context.RemoveOption("Threads"));
    }

    [TestMethod]
    public void AskingForAnOptionOrItsDefaultSetsTheDefault()
    {
        var context = new MLContext(1);
        Assert.AreEqual(0, context.GetOptionOrDefault<int>("Threads"));
        Assert.IsFalse(context.TryAddOption("Threads", 4));
        Assert.IsTrue(context.TryGetOption("Threads", out int threads));
        Assert.AreEqual(0, threads);
    }

    [TestMethod]
    public void TheDeviceCanBeChosen()
    {
        var context = new MLContext { GpuDeviceId = 1, FallbackToCpu = false };
        Assert.AreEqual(1, context.GpuDeviceId);
        Assert.IsFalse(context.FallbackToCpu);
        Assert.IsNull(new MLContext().GpuDeviceId);
    }
}
