$ScriptName = 'setup'
. (Join-Path $PSScriptRoot 'common.ps1')
if (Test-Unix) {
    & bash (Join-Path $PSScriptRoot 'setup.sh') @args
    exit $LASTEXITCODE
}

$usage = @'
Usage: build\setup.ps1 [--packages | --standins | --ask-again] [--no-report]

Chooses where Microsoft.ML and TorchSharp come from, each for itself, and writes the choices to build/Packages.props:
  packages   the NuGet packages
  standins   the projects in build/standins, for feeds that do not carry the packages

With no option earlier choices are kept; where there are none, the package feed is asked once what it can restore. Nothing
is asked twice, so this can be run again at any time. Node.js with npm, if it is there, fetches the chart libraries of
randprune's report page when the tool is built.

  --packages    choose packages for both, without asking
  --standins    choose standins for both, without asking
  --ask-again   forget the earlier choices and ask the feed
  --no-report   say nothing of npm, which randprune's report page needs
  -h, --help    this text
'@
$props = Join-Path $PSScriptRoot 'Packages.props'
$objects = Join-Path $PSScriptRoot 'obj'

function Write-Line([string] $Text) { Write-Output "setup: $Text" }

function Get-Choice([string] $Property) {
    if (-not (Test-Path -LiteralPath $props)) { return '' }
    if ([System.IO.File]::ReadAllText($props) -match "<$Property>(packages|standins)</$Property>") { return $Matches[1] }
    return ''
}

function Save-Choices([string] $MLNet, [string] $TorchSharp) {
    $text = "<Project>`n  <!-- Written by build/setup: where Microsoft.ML and TorchSharp come from, packages or standins. -->`n" +
        "  <PropertyGroup>`n    <MLNetSource>$MLNet</MLNetSource>`n    <TorchSharpSource>$TorchSharp</TorchSharpSource>`n  </PropertyGroup>`n</Project>`n"
    $temporary = Join-Path $objects ('Packages.props.' + [System.Guid]::NewGuid().ToString('N'))
    [System.IO.File]::WriteAllText($temporary, $text)
    if (Test-Path -LiteralPath $props) {
        [System.IO.File]::Replace($temporary, $props, [System.Management.Automation.Language.NullString]::Value)
    }
    else {
        [System.IO.File]::Move($temporary, $props)
    }
}

# Restores a throw-away project with these packages. It lies inside the repository, so the NuGet configuration is the one
# that the solution's own restore will use. Gives the choice and the reason.
function Request-Feed([int] $Seconds, [string[]] $Packages) {
    $central = [System.IO.File]::ReadAllText((Join-Path $Root 'Directory.Packages.props'))
    $framework = [regex]::Match([System.IO.File]::ReadAllText((Join-Path $Root 'Directory.Build.props')), '<TargetFramework>(.*?)</TargetFramework>').Groups[1].Value
    if (-not $framework) { Stop-Script 'found no TargetFramework in Directory.Build.props.' }
    $versions = @{}
    foreach ($package in $Packages) {
        $versions[$package] = [regex]::Match($central, '<PackageVersion Include="' + [regex]::Escape($package) + '" Version="([^"]*)"').Groups[1].Value
        if (-not $versions[$package]) { Stop-Script "found no version of $package in Directory.Packages.props." }
    }
    $references = ($Packages | ForEach-Object { '    <PackageReference Include="{0}" Version="{1}" />' -f $_, $versions[$_] }) -join "`n"
    $name = $Packages[0]
    $what = "$name $($versions[$name])"
    $probe = Join-Path $objects ('probe.' + [System.Guid]::NewGuid().ToString('N'))
    New-Item -ItemType Directory -Path $probe | Out-Null
    try {
        # Empty ones of its own, so that those of the solution do not apply.
        foreach ($file in 'Directory.Build.props', 'Directory.Build.targets', 'Directory.Packages.props') {
            [System.IO.File]::WriteAllText((Join-Path $probe $file), "<Project />`n")
        }
        $project = Join-Path $probe 'probe.csproj'
        [System.IO.File]::WriteAllText($project, @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>$framework</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
$references
  </ItemGroup>
</Project>
"@)
        [Console]::Out.WriteLine("setup: asking the package feed for $what (at most $Seconds s) ...")
        $log = Join-Path $probe 'log'
        $process = Start-Process dotnet -PassThru -NoNewWindow -RedirectStandardOutput $log -RedirectStandardError "$log.errors" `
            -ArgumentList 'restore', ('"{0}"' -f $project), '--disable-parallel', '-nodeReuse:false', '-p:NuGetInteractive=false'
        # Without this, ExitCode stays empty after WaitForExit.
        $null = $process.Handle
        if (-not $process.WaitForExit($Seconds * 1000)) {
            & taskkill /T /F /PID $process.Id | Out-Null
            $null = $process.WaitForExit(5000)
            return 'standins', "the feed did not answer within $Seconds s"
        }
        if ($process.ExitCode -eq 0) {
            # A feed may carry a later version only.
            $assets = Join-Path $probe 'obj/project.assets.json'
            if ((Test-Path -LiteralPath $assets) -and ([System.IO.File]::ReadAllText($assets) -match ('"' + [regex]::Escape($name) + '/([^"]*)"'))) {
                $what = "$name $($Matches[1])"
            }
            return 'packages', "the feed carries $what"
        }
        $lines = @(Get-Content -LiteralPath $log) + @(Get-Content -LiteralPath "$log.errors") | Where-Object { $_ -and $_.Trim() }
        $reason = ''
        foreach ($line in $lines) {
            if ($line -match 'error (NU\d+: .*)') { $reason = $Matches[1]; break }
        }
        if (-not $reason) { $reason = "dotnet restore ended with code $($process.ExitCode): $(@($lines)[-1])" }
        return 'standins', "the feed cannot restore $what ($reason)"
    }
    finally {
        Remove-Item -LiteralPath $probe -Recurse -Force -ErrorAction SilentlyContinue
    }
}

# Settles one source: what was forced, else what was chosen earlier, else what the feed says. Gives the choice.
function Resolve-Source([string] $Name, [string] $Earlier, [int] $Seconds, [string[]] $Packages) {
    if ($force) {
        $choice = $force
        $why = "--$force was given"
    }
    elseif ($Earlier -and -not $again) {
        $choice = $Earlier
        $why = 'as chosen earlier in build/Packages.props (--ask-again asks the feed anew)'
    }
    else {
        Find-Dotnet
        $choice, $why = Request-Feed $Seconds $Packages
    }
    # What a function writes to the output is its result, so this goes to the console.
    if ($choice -eq 'packages') { [Console]::Out.WriteLine("setup: packages: $Name comes from the NuGet packages; $why.") }
    else { [Console]::Out.WriteLine("setup: standins: $Name comes from build/standins; $why.") }
    return $choice
}

$force = ''
$again = $false
$report = $true
foreach ($argument in $args) {
    switch -CaseSensitive ($argument) {
        { $_ -in '--packages', '--standins' } {
            $named = $argument.Substring(2)
            if ($force -and $force -ne $named) { Stop-Script '--packages and --standins exclude each other.' 2 }
            $force = $named
        }
        '--ask-again' { $again = $true }
        '--no-report' { $report = $false }
        { $_ -in '-h', '--help' } { Write-Output $usage; exit 0 }
        default { [Console]::Error.WriteLine($usage); Stop-Script "unknown option '$argument'." 2 }
    }
}
if ($force -and $again) { Stop-Script "--ask-again asks the feed, which --$force says not to do." 2 }

New-Item -ItemType Directory -Path $objects -Force | Out-Null
$earlierMLNet = Get-Choice 'MLNetSource'
$earlierTorchSharp = Get-Choice 'TorchSharpSource'
$mlnet = Resolve-Source 'Microsoft.ML' $earlierMLNet 180 'Microsoft.ML', 'Microsoft.ML.ImageAnalytics'
$torchSharp = Resolve-Source 'TorchSharp' $earlierTorchSharp 600 'TorchSharp', 'libtorch-cpu-win-x64'
if ("$mlnet $torchSharp" -ne "$earlierMLNet $earlierTorchSharp") {
    Save-Choices $mlnet $torchSharp
    Write-Line 'wrote build/Packages.props'
}
if ($report -and -not (Get-Command npm -ErrorAction SilentlyContinue)) {
    Write-Line 'npm is missing: randprune is built without its report page until you install Node.js with npm and build again.'
}
if ($mlnet -eq 'standins') {
    Write-Line "JPEG images need libjpeg-turbo's TurboJPEG library (turbojpeg.dll) where the loader finds it."
}
if ($torchSharp -eq 'standins') {
    Write-Line 'the TorchSharp engine cannot run in this mode: the stand-in of TorchSharp is built on Linux only (see build/setup.sh).'
}
exit 0
